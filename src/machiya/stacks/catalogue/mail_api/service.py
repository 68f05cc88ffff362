"""mail-api in a container: between the tunnel's end and Dovecot."""

from machiya.core.sizes import MIB
from machiya.stacks import own_parts
from machiya.stacks.catalogue.dovecot import service as dovecot
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Attachment, Limits, Service, Storage, Volume
from machiya.stacks.networks import Network, address

PORT = 8025
PRIVATE_PORT = 8026
_RESTING_BYTES = 336 * MIB  # what it needs beside the messages on their way in


# As Postfix has it: its own folder, which the group of mail-api may read.
_POSTFIX_LOG = Volume(
    storage=Storage.BULK,
    name="log/postfix",
    target=f"{own_parts.BULK}/log/postfix",
    mode=0o2750,
    owner=(0, own_parts.USER.gid),
    read_only=True,
)


def service(facts: HouseFacts) -> Service:
    """It waits for the database; while Dovecot or the scanner is away it answers 503, and the edge keeps the mail."""
    return Service(
        name="mail-api",
        about="takes messages from the edge, has them scanned and delivers them",
        image=own_parts.IMAGE,
        user=own_parts.USER,
        command=("machiya", "mail-api"),
        environment=own_parts.environment(_settings(facts)),
        networks=(
            Attachment(Network.EDGE, "nginx brings the edge's calls"),
            Attachment(Network.MAILSERVER, "to MariaDB, Dovecot and Rspamd; Postfix asks it"),
        ),
        configs=own_parts.CONFIGS,
        config_target=own_parts.CONFIG_TARGET,
        secrets=own_parts.secrets(
            "edge_signing_key",
            "edge_recipient_key",
            "doveadm_api_key",
            "database_password",
            optional=("edge_signing_key_next",),
        ),
        volumes=(
            own_parts.QUARANTINE,
            _POSTFIX_LOG,
        ),
        temporary=own_parts.TEMPORARY,
        health=own_parts.answers(f"http://127.0.0.1:{PRIVATE_PORT}/health/ready"),
        limits=Limits(memory_bytes=_RESTING_BYTES + facts.buffer_bytes, processes=64),
        needs=("mariadb",),
    )


def _settings(facts: HouseFacts) -> dict[str, str]:
    inside = {name: address(facts.network_prefix, Network.MAILSERVER, name) for name in ("mariadb", "dovecot")}
    return {
        "database.url": f"mysql+pymysql://machiya@{inside['mariadb']}/machiya",
        "storage.bulk": own_parts.BULK,
        "mail_api.host": address(facts.network_prefix, Network.EDGE, "mail-api"),
        "mail_api.port": str(PORT),
        "mail_api.private_host": "127.0.0.1",
        "mail_api.private_port": str(PRIVATE_PORT),
        "mail.store": "lmtp",
        "lmtp.host": inside["dovecot"],
        "lmtp.port": str(dovecot.LMTP_PORT),
        "lmtp.doveadm_url": f"http://{inside['dovecot']}:{dovecot.DOVEADM_PORT}",
        "submission.host": address(facts.network_prefix, Network.MAILSERVER, "mail-api"),
        "submission.log_file": f"{_POSTFIX_LOG.target}/mail.log",
    }
