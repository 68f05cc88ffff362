"""rspamd: judges what comes in and what goes out, and learns what people move to and from Junk."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import (
    Attachment,
    ConfigFile,
    Health,
    Image,
    Limits,
    SecretFile,
    Service,
    Storage,
    User,
    Volume,
)
from machiya.stacks.networks import Network

UID = 5012
PORT = 11333
MILTER_PORT = 11332
CONTROLLER_PORT = 11334
_CONFIGS = (
    "actions.conf",
    "antivirus.conf",
    "classifier-bayes.conf",
    "groups.conf",
    "logging.inc",
    "options.inc",
    "rbl.conf",
    "redis.conf",
    "worker-controller.inc",
    "worker-normal.inc",
    "worker-proxy.inc",
)


def service(facts: HouseFacts) -> Service | None:
    """Only where mail is scanned. It does not wait for clamav: while that is away the house answers 503."""
    if not facts.scanning:
        return None
    return Service(
        name="rspamd",
        about="judges mail: clean, junk, or for the quarantine",
        image=Image(folder="rspamd"),
        user=User(UID, UID),
        networks=(Attachment(Network.MAILSERVER, "mail-api, dovecot and postfix ask it; it asks the rest"),),
        health=Health(
            test=("/usr/local/lib/machiya/healthy",), interval_seconds=15.0, timeout_seconds=12.0, start_seconds=300.0
        ),
        volumes=(Volume(storage=Storage.FAST, name="rspamd", target="/var/lib/rspamd"),),
        configs=tuple(ConfigFile(f"{name}.j2", name) for name in _CONFIGS),
        config_target="/etc/rspamd/local.d",
        secrets=(
            SecretFile(path="redis.conf", template="redis-secret.conf.j2"),
            SecretFile(path="controller.conf", template="controller-secret.conf.j2"),
        ),
        temporary={"/tmp": f"size=128m,mode=0700,uid={UID},gid={UID}"},  # noqa: S108 – a path in the container
        limits=Limits(memory_bytes=_memory(facts), processes=32),
        check=("rspamadm", "configtest"),
        needs=("unbound", "redis"),
        stop_seconds=20,
    )


def _memory(facts: HouseFacts) -> int:
    """Measured for 25 MiB; a larger message is in memory twice, for each of four at once."""
    return 512 * MIB + 8 * max(0, facts.message_bytes - 25 * MIB)
