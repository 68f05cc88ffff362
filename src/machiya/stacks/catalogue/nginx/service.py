"""nginx before mail-api: what comes through the tunnel meets it first."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.health import answers_at
from machiya.stacks.model import Attachment, ConfigFile, Health, Image, Limits, Service, User
from machiya.stacks.networks import Network

UID = 5017
PORT = 8080
HEALTH_PORT = 8081
TARGET = "/etc/machiya"
CHECK = ("nginx", "-e", "stderr", "-t", "-c", f"{TARGET}/nginx.conf")
RELOAD = ("nginx", "-e", "stderr", "-s", "reload", "-c", f"{TARGET}/nginx.conf")


def service(facts: HouseFacts) -> Service:  # noqa: ARG001 – every house has it, in the same way
    """It needs nobody: while mail-api is away it says so, and the edge keeps the mail."""
    return Service(
        name="nginx",
        about="lets the edge's calls through to mail-api, and nothing else",
        image=Image(folder="nginx"),
        user=User(UID, UID),
        networks=(Attachment(Network.EDGE, "from the tunnel, to mail-api"),),
        health=Health(test=answers_at(HEALTH_PORT)),
        configs=(ConfigFile("nginx.conf.j2", "nginx.conf"),),
        config_target=TARGET,
        temporary={"/tmp": f"size=64m,mode=0700,uid={UID},gid={UID}"},  # noqa: S108 – a path in the container
        limits=Limits(memory_bytes=64 * MIB, processes=16),
        check=CHECK,
        reload=RELOAD,
        stop_seconds=20,
    )
