"""usermgmt in a container: pages for people on the VPN, and new passwords from webmail.

It has no volume but the quarantine: what mailboxes hold, Dovecot tells over its API, which takes three commands and no
other. A mailbox is removed by root of this machine alone, since that moves mail (``adapters/dovecot/mailbox_files``).
"""

from machiya.core.sizes import MIB
from machiya.stacks import own_parts
from machiya.stacks.catalogue.dovecot import service as dovecot
from machiya.stacks.compose import SECRETS_TARGET
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Attachment, Limits, Publication, Reachable, SecretFile, Service, User
from machiya.stacks.networks import Network, address

PORT = 8443
WEBMAIL_PORT = 8089
USER = User(5021, own_parts.USER.gid)
"""Not mail-api's: what that owns stays its own, but for the quarantine, which is the group's."""

_CERTIFICATE, _KEY = "tls/tls.crt", "tls/tls.key"


def service(facts: HouseFacts) -> Service:
    """It waits for the database; while Dovecot is away it says what it could not do."""
    return Service(
        name="usermgmt",
        about="pages on which people look after mailboxes, passwords and their own mail",
        image=own_parts.IMAGE,
        user=USER,
        command=("machiya", "usermgmt"),
        environment=own_parts.environment(_settings(facts)) | {"TZ": facts.time_zone},
        networks=(
            Attachment(Network.MAILSERVER, "to MariaDB and Dovecot; webmail brings new passwords"),
            Attachment(Network.VPN, "its pages, on the VPN address"),
        ),
        configs=own_parts.CONFIGS,
        config_target=own_parts.CONFIG_TARGET,
        secrets=(
            SecretFile(path="database_password", secret="usermgmt_database_password"),  # noqa: S106 – its name
            *own_parts.secrets("doveadm_api_key", "totp_key", "usermgmt_webmail_key"),
            SecretFile(path=_CERTIFICATE, secret="tls_certificate"),  # noqa: S106 – as above
            SecretFile(path=_KEY, secret="tls_key"),  # noqa: S106 – as above
        ),
        volumes=(own_parts.QUARANTINE,),
        temporary=own_parts.temporary(USER),
        publishes=(Publication(facts.usermgmt_port, PORT, Reachable.VPN, "browsers of people"),),
        health=own_parts.answers(f"https://127.0.0.1:{PORT}/healthz"),
        limits=Limits(memory_bytes=512 * MIB, processes=64),
        reload=("bash", "-c", "kill -HUP 1"),
        needs=("mariadb",),
    )


def _settings(facts: HouseFacts) -> dict[str, str]:
    inside = {name: address(facts.network_prefix, Network.MAILSERVER, name) for name in ("mariadb", "dovecot")}
    return {
        "database.url": f"mysql+pymysql://usermgmt@{inside['mariadb']}/machiya",
        "storage.bulk": own_parts.BULK,
        "mail.store": "lmtp",
        "lmtp.host": inside["dovecot"],
        "lmtp.port": str(dovecot.LMTP_PORT),
        "lmtp.doveadm_url": f"http://{inside['dovecot']}:{dovecot.DOVEADM_PORT}",
        "usermgmt.host": address(facts.network_prefix, Network.VPN, "usermgmt"),
        "usermgmt.port": str(PORT),
        "usermgmt.certificate": f"{SECRETS_TARGET}/{_CERTIFICATE}",
        "usermgmt.key": f"{SECRETS_TARGET}/{_KEY}",
        "usermgmt.webmail_host": address(facts.network_prefix, Network.MAILSERVER, "usermgmt") if facts.webmail else "",
        "usermgmt.webmail_port": str(WEBMAIL_PORT),
    }
