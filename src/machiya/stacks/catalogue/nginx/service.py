"""nginx before mail-api and webmail: what comes through the tunnel meets it first."""

from machiya.core.sizes import MIB
from machiya.stacks.catalogue.roundcube.service import socket_folder
from machiya.stacks.facts import HouseFacts
from machiya.stacks.health import answers_at
from machiya.stacks.model import Attachment, ConfigFile, Health, Image, Limits, Service, User
from machiya.stacks.networks import Network

UID = 5017
PORT = 8080
HEALTH_PORT = 8081
TARGET = "/etc/machiya"
_UPLOADS_AT_ONCE = 4
CHECK = ("nginx", "-e", "stderr", "-t", "-c", f"{TARGET}/nginx.conf")
RELOAD = ("nginx", "-e", "stderr", "-s", "reload", "-c", f"{TARGET}/nginx.conf")


def service(facts: HouseFacts) -> Service:
    """It needs nobody: while mail-api is away it says so, and the edge keeps the mail.

    What a browser uploads waits in memory until all of it is there, so that no slow one holds a process of PHP.
    """
    pages = ("nginx.conf", "webmail-logo.svg", "webmail-icon.svg") if facts.webmail else ("nginx.conf",)
    uploads = _UPLOADS_AT_ONCE * facts.message_bytes if facts.webmail else 0
    return Service(
        name="nginx",
        about="lets the edge's calls through to mail-api, browsers to webmail, and nothing else",
        image=Image(folder="nginx"),
        user=User(UID, UID),
        networks=(Attachment(Network.EDGE, "from the tunnel, to mail-api; webmail is reached by a socket"),),
        health=Health(test=answers_at(HEALTH_PORT)),
        configs=tuple(ConfigFile(f"{name}.j2", name) for name in pages),
        config_target=TARGET,
        volumes=(socket_folder(read_only=True),) if facts.webmail else (),
        temporary={
            "/tmp": f"size={64 + uploads // MIB}m,mode=0700,uid={UID},gid={UID}",  # noqa: S108 – a path in the container
        },
        limits=Limits(memory_bytes=64 * MIB + uploads, processes=16),
        check=CHECK,
        reload=RELOAD,
        stop_seconds=20,
    )
