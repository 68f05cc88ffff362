"""unbound: the house's own resolver; blacklists answer nobody who asks through a public one."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Attachment, ConfigFile, Health, Image, Limits, Service, User
from machiya.stacks.networks import Network

UID = 5002
TARGET = "/etc/unbound"


def service(facts: HouseFacts) -> Service:  # noqa: ARG001 – every house has it, in the same way
    """It needs nobody, and is there before all who resolve names."""
    return Service(
        name="unbound",
        about="resolves names for the scanner and for outgoing mail, with DNSSEC",
        image=Image(folder="unbound"),
        user=User(UID, UID),
        networks=(
            Attachment(Network.MAILSERVER, "the mail stack asks it"),
            Attachment(Network.OUTSIDE, "it asks the servers of the domains"),
        ),
        health=Health(test=("/usr/local/lib/machiya/healthy",)),
        configs=(ConfigFile("unbound.conf.j2", "unbound.conf"),),
        config_target=TARGET,
        limits=Limits(memory_bytes=96 * MIB, processes=16),
        check=("unbound-checkconf", f"{TARGET}/unbound.conf"),
        stop_seconds=10,
    )
