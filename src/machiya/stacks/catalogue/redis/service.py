"""redis: what rspamd learned, and the verdicts of the virus scanner that it need not ask for again."""

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

UID = 5011
PORT = 6379


def service(facts: HouseFacts) -> Service | None:
    """Only where mail is scanned."""
    if not facts.scanning:
        return None
    return Service(
        name="redis",
        about="keeps what the spam scanner learned",
        image=Image(folder="redis"),
        user=User(UID, UID),
        networks=(Attachment(Network.MAILSERVER, "rspamd asks it"),),
        health=Health(test=("/usr/local/lib/machiya/healthy",)),
        volumes=(Volume(storage=Storage.FAST, name="redis", target="/var/lib/redis"),),
        configs=(ConfigFile("redis.conf.j2", "redis.conf"),),
        config_target="/etc/redis",
        secrets=(
            SecretFile(path="redis_password", secret="redis_password"),  # noqa: S106 – a name
            SecretFile(path="redis.conf", template="secret.conf.j2"),
        ),
        limits=Limits(memory_bytes=160 * MIB, processes=32),
        stop_seconds=30,
    )
