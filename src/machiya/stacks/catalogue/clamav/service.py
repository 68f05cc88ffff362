"""clamav: clamd, which rspamd asks, and freshclam, which keeps its database new."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Attachment, ConfigFile, Health, Image, Limits, Service, Storage, User, Volume
from machiya.stacks.networks import Network

UID = 5013
PORT = 3310
TARGET = "/etc/clamav"
# The official database takes about 1.3 GB; the limit is for one that grows, not for two at a time.
MEMORY = 2560 * MIB


def service(facts: HouseFacts) -> Service | None:
    """Only where viruses are looked for."""
    if not facts.antivirus:
        return None
    return Service(
        name="clamav",
        about="looks for viruses; its database is renewed every four hours",
        image=Image(folder="clamav"),
        user=User(UID, UID),
        networks=(
            Attachment(Network.MAILSERVER, "rspamd asks it"),
            Attachment(Network.OUTSIDE, "freshclam fetches the database"),
        ),
        health=Health(
            test=("/usr/local/lib/machiya/healthy",), interval_seconds=15.0, timeout_seconds=12.0, start_seconds=900.0
        ),
        volumes=(Volume(storage=Storage.BULK, name="clamav", target="/var/lib/clamav"),),
        configs=(ConfigFile("clamd.conf.j2", "clamd.conf"), ConfigFile("freshclam.conf.j2", "freshclam.conf")),
        config_target=TARGET,
        temporary={"/tmp": f"size=512m,mode=0700,uid={UID},gid={UID}"},  # noqa: S108 – a path in the container
        limits=Limits(memory_bytes=MEMORY, processes=64),
        check=("clamd", f"--config-file={TARGET}/clamd.conf", "--version"),
        needs=("unbound",),
        stop_seconds=30,
    )
