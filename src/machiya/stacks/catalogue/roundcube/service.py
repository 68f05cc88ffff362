"""Roundcube: mail in the browser. PHP alone runs here; nginx brings the browsers, through a socket."""

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

UID = 5020
NGINX_UID = 5017
TARGET = "/etc/machiya"
PROGRAMS = "/usr/local/lib/machiya/bin"
SOCKET_FOLDER = "/run/roundcube"
DATABASE = "roundcube"
"""The name of its database and of its user there."""

MESSAGES_AT_ONCE = 4
_RESTING_BYTES = 448 * MIB


def socket_folder(*, read_only: bool = False) -> Volume:
    """Where PHP listens; the group of nginx comes in, nobody else. No network leads there."""
    return Volume(
        storage=Storage.RUN,
        name="roundcube",
        target=SOCKET_FOLDER,
        mode=0o2750,
        owner=(UID, NGINX_UID),
        read_only=read_only,
    )


def service(facts: HouseFacts) -> Service | None:
    """None where webmail is not wanted. Attachments of mail that is being written wait in memory."""
    if facts.webmail is None:
        return None
    temporary_bytes = MESSAGES_AT_ONCE * facts.message_bytes + 32 * MIB
    return Service(
        name="roundcube",
        about="mail in the browser: Roundcube, which only nginx reaches",
        image=Image(folder="roundcube"),
        user=User(UID, UID),
        networks=(Attachment(Network.MAILSERVER, "to Dovecot, Postfix, MariaDB and usermgmt; it listens on no port"),),
        configs=(ConfigFile("config.inc.php.j2", "config.inc.php"), ConfigFile("php-fpm.conf.j2", "php-fpm.conf")),
        config_target=TARGET,
        secrets=(
            SecretFile(path="database_password", secret="roundcube_database_password"),  # noqa: S106 – its name
            SecretFile(path="des_key", secret="roundcube_des_key"),  # noqa: S106 – as above
            SecretFile(path="tls_fingerprint", secret="tls_fingerprint"),  # noqa: S106 – as above
            # Not there: people change their password elsewhere.
            SecretFile(path="usermgmt_webmail_key", secret="usermgmt_webmail_key", optional=True),  # noqa: S106 – as above
        ),
        volumes=(socket_folder(),),
        temporary={
            "/tmp": f"size={temporary_bytes // MIB}m,mode=0700,uid={UID},gid={UID}",  # noqa: S108 – a path in the container
        },
        health=Health(test=(f"{PROGRAMS}/healthy",)),
        limits=Limits(memory_bytes=_RESTING_BYTES + temporary_bytes, processes=64),
        check=(f"{PROGRAMS}/check", TARGET),
        reload=("bash", "-c", "kill -USR2 1"),
        needs=("mariadb",),
        stop_seconds=20,
    )
