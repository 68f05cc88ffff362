"""The systemd unit of the agent: a process of the host, with as little of it as backups and restores need."""

import sys
from typing import TYPE_CHECKING

from machiya.bootstrap.boot import require_containers, word

if TYPE_CHECKING:
    from machiya.bootstrap import House

UNIT = """\
# Written by machiya boot agent-unit. Install it: machiya boot agent-unit >/etc/systemd/system/machiya-agent.service
# and then: systemctl enable --now machiya-agent.service
[Unit]
Description=Jobs of the house in {root}
RequiresMountsFor={root}
Wants=network-online.target
After=docker.service network-online.target

[Service]
ExecStart={python} -m machiya --house {root} agent
Restart=always
RestartSec=10
# The job under way is told to stop and leaves nothing half done behind.
KillMode=mixed
TimeoutStopSec=60
# Backups wait for people, not the other way round.
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7
OOMScoreAdjust=200
# It reads every file of the house and gives restored ones back to their owners; no other capability of root is left.
# That is no wall against itself: it may talk to Docker, and whoever may do that can become root.
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_CHOWN CAP_FOWNER CAP_FSETID CAP_SYS_NICE
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writes}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def agent_unit(house: "House") -> str:
    """The unit that runs it.

    Raises:
        Refused: the house does not run in containers; its agent is a part of ``machiya up``.
    """
    require_containers(house)
    storage = house.settings.storage
    vault = house.settings.vault
    own = (vault.folder,) if vault.provider == "folder" else ()
    folders = dict.fromkeys((house.root, storage.fast, storage.bulk, storage.backup, *own))
    # A disk that is not there at the start must not keep the agent from telling that it is not there.
    writes = " ".join(word(str(folder) if folder == house.root else f"-{folder}") for folder in folders)
    return UNIT.format(root=word(str(house.root)), python=word(sys.executable), writes=writes)
