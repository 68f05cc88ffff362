"""Postfix: takes mail from mail programs, keeps it in its queue, hands it to the relay or to Dovecot."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import (
    Attachment,
    Capability,
    ConfigFile,
    Health,
    HouseFile,
    Image,
    Limits,
    Publication,
    Reachable,
    SecretFile,
    Service,
    Storage,
    User,
    Volume,
)
from machiya.stacks.networks import Network

CONFIG = "/etc/machiya/postfix"
PROGRAMS = "/usr/local/lib/machiya/bin"
LOG_READERS = 5016  # the group of mail-api, which follows the log
SUBMISSIONS_PORT = 465
SUBMISSION_PORTS = (587, SUBMISSIONS_PORT)
INTERNAL_PORT = 10025


def service(facts: HouseFacts) -> Service:
    """The container of mail out."""
    ports = (*SUBMISSION_PORTS, INTERNAL_PORT)
    return Service(
        name="postfix",
        about="mail out: submission for mail programs, the queue, the relay",
        image=Image(folder="postfix"),
        user=User(0, 0, "master starts each program under its own account and owns the queue's folders"),
        networks=(
            Attachment(Network.MAILSERVER, "Dovecot (log-in, LMTP), mail-api (addresses), rspamd (scanning)"),
            # The engine publishes ports and finds the way out on one and the same network.
            Attachment(Network.OUTSIDE, "the relay; mail programs on 587 and 465"),
        ),
        environment={
            "HOUSE_PORTS": " ".join(map(str, ports)),
            "MAIL_CONFIG": CONFIG,
            "TZ": "UTC",
        },
        capabilities=(
            Capability("SETUID", "master gives up root for every program it starts"),
            Capability("SETGID", "the same for groups"),
            Capability("DAC_OVERRIDE", "root reaches the queue folders, which belong to the account postfix"),
        ),
        volumes=(
            Volume(storage=Storage.FAST, name="postfix", target="/var/spool/postfix", mode=0o755),
            Volume(
                storage=Storage.BULK, name="log/postfix", target="/var/log/postfix", mode=0o2750, owner=(0, LOG_READERS)
            ),
        ),
        house_files=(HouseFile(facts.relay_ca, "/house/relay-ca.pem"),) if facts.relay_ca else (),
        configs=tuple(
            ConfigFile(f"{name}.j2", name)
            for name in ("main.cf", "master.cf", "header_checks", "submission_header_checks", "transports")
        ),
        config_target=CONFIG,
        secrets=(
            SecretFile(path="tls.crt", secret="tls_certificate"),  # noqa: S106 – a name
            SecretFile(path="tls.key", secret="tls_key"),  # noqa: S106 – as above
            SecretFile(path="relay_passwords", template="relay_passwords.j2"),
        ),
        temporary={
            "/tmp": "size=16m,mode=1777",  # noqa: S108 – a path inside the container
            "/run": "size=4m,mode=755",
            "/var/lib/postfix": "size=4m,mode=755,uid=101,gid=101",
        },
        publishes=tuple(
            Publication(port, port, Reachable.VPN, "mail programs hand in mail") for port in SUBMISSION_PORTS
        ),
        health=Health(test=(f"{PROGRAMS}/healthy",)),
        limits=Limits(memory_bytes=256 * MIB, processes=256),
        check=(f"{PROGRAMS}/check", CONFIG),
        reload=("postfix", "reload"),
        needs=_needs(facts),
        stop_seconds=20,
    )


def _needs(facts: HouseFacts) -> tuple[str, ...]:
    """Nothing it asks may be away when the first mail program comes; the queue itself needs nobody."""
    return ("dovecot", "mail-api", *(("rspamd",) if facts.scanning else ()), "unbound")
