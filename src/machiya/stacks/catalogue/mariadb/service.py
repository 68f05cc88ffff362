"""The database of the house; this machine reaches it through a socket, the mail stack over its own network."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Attachment, ConfigFile, Health, Image, Limits, Service, Storage, User, Volume
from machiya.stacks.networks import Network

UID = 5010
PORT = 3306
CONFIGURATION = "/etc/mysql"
SOCKET_FOLDER = "/run/mariadb"


def service(facts: HouseFacts) -> Service:
    """The same for every house."""
    del facts
    return Service(
        name="mariadb",
        about="accounts, ledger and trace",
        image=Image(folder="mariadb"),
        user=User(UID, UID),
        networks=(Attachment(Network.MAILSERVER, "mail-api, Dovecot and Postfix ask it"),),
        configs=(ConfigFile("my.cnf.j2", "my.cnf"),),
        config_target=CONFIGURATION,
        volumes=(
            Volume(storage=Storage.FAST, name="mariadb", target="/var/lib/mysql"),
            Volume(storage=Storage.RUN, name="mariadb", target=SOCKET_FOLDER),
        ),
        temporary={"/tmp": "size=64m,mode=1777"},  # noqa: S108 – a path inside the container
        # Its first start on a slow disk takes long, and what needs it is not started if it is called ill before.
        health=Health(test=("machiya-health",), interval_seconds=5.0, start_seconds=180.0),
        limits=Limits(memory_bytes=512 * MIB, processes=200),
        check=("mariadbd", f"--defaults-file={CONFIGURATION}/my.cnf", "--help", "--verbose"),
        stop_seconds=60,
    )
