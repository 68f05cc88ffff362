"""What a start of the machine needs, the engine still asleep: the fence, secrets in memory, and the unit for it."""

import re
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from machiya.bootstrap.containers import facts_of
from machiya.core.errors import Refused

if TYPE_CHECKING:
    from machiya.bootstrap import House

_PLAIN = re.compile(r"[\w./%$@:+=,~-]+")
UNIT = """\
# Written by machiya boot unit. Install it: machiya boot unit >/etc/systemd/system/machiya-secrets.service
# and then: systemctl enable machiya-secrets.service
[Unit]
Description=Fence and secrets (in memory) of the house in {root}
RequiresMountsFor={root} /run
After=nftables.service firewalld.service tailscaled.service
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={python} -m machiya --house {root} boot prepare

[Install]
WantedBy=docker.service
"""


def put_secrets_into_memory(house: "House") -> tuple[str, ...]:
    """Write every service's secrets to its folder in memory; needs no engine. The services that have any.

    Keys that an earlier Machiya did not know are made, so that a restart of the machine before the next ``machiya up``
    finds a house that starts.

    Raises:
        Refused: the house does not run in containers.
        RootNeeded: this is not root.
        SecretsMissing: a service needs one that is not set.
    """
    from machiya.stacks.secrets_in_memory import write_secrets  # noqa: PLC0415 – see bootstrap/__init__.py
    from machiya.stacks.services import services  # noqa: PLC0415 – see bootstrap/__init__.py

    require_containers(house)
    facts = facts_of(house.settings)
    every = services(facts)
    write_secrets(facts, every, house.complete_secret_values(), house.host_folders())
    return tuple(service.name for service in every if service.secrets)


def put_up_fence(house: "House") -> None:
    """Close the house's networks before the engine starts a container; needs no engine.

    Raises:
        Refused: the house does not run in containers.
        FenceFailed: the packet filter refused.
    """
    require_containers(house)
    house.walls().put_up()


def has_vpn_address(house: "House") -> bool:
    """Whether this machine has ``vpn.address`` now."""
    from machiya.adapters.shell.ports import has_address  # noqa: PLC0415 – see bootstrap/__init__.py

    return has_address(house.settings.vpn.address)


def wait_for_vpn(house: "House", seconds: int = 60) -> bool:
    """Whether this machine has ``vpn.address``; waits, since the engine cannot publish on one that comes later."""
    pause = Event()
    return any(has_vpn_address(house) or pause.wait(1.0) for _ in range(seconds))


def systemd_unit(house: "House") -> str:
    """The unit that does it before Docker starts.

    Raises:
        Refused: the house does not run in containers.
    """
    require_containers(house)
    return UNIT.format(root=word(str(house.root)), python=word(sys.executable))


def word(text: str) -> str:
    """One word of a unit: a blank would end it, and systemd has its own idea of % and $.

    Source: systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers".
    """
    plain = text.replace("%", "%%").replace("$", "$$")
    if _PLAIN.fullmatch(plain):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def lost_at_restart(house: "House", system: Path = Path("/")) -> bool:
    """Whether this machine has systemd, and nothing that would put the secrets back after a restart."""
    if not house.in_containers or not (system / "run/systemd/system").is_dir():
        return False
    units = (system / "etc/systemd/system").glob("machiya-secrets*.service")
    prepare = f"--house {word(str(house.root))} boot prepare"
    return not any(prepare in unit.read_text("utf-8", "replace") for unit in units)


def require_containers(house: "House") -> None:
    """Go on only in a house in containers.

    Raises:
        Refused: it does not run in containers.
    """
    if not house.in_containers:
        raise Refused("this house does not run in containers", hint='Only house.engine = "docker" needs this.')
