"""Dovecot 2.4: keeps the mail, hands it to mail programs, and answers for the house who may log in."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import (
    Attachment,
    ConfigFile,
    Health,
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

UID = 5000
LMTP_PORT = 24
SASL_PORT = 12345
DOVEADM_PORT = 8080
IMAPS_PORT = 993
MANAGESIEVE_PORT = 4190
TARGET = "/etc/dovecot"
MAIL = "mail"
"""The folder of all mailboxes below storage.bulk, the same as in the embedded house."""

_CLIENTS = {
    IMAPS_PORT: "IMAP of mail programs",
    995: "POP3 of mail programs",
    MANAGESIEVE_PORT: "Sieve scripts of mail programs",
}


def service(facts: HouseFacts) -> Service:  # noqa: ARG001 – every house has it, in the same way
    """LMTP, SASL, doveadm, and for webmail IMAP and ManageSieve on one network; mail programs on the VPN's."""
    return Service(
        name="dovecot",
        about="keeps the mail and gives it to mail programs",
        image=Image(folder="dovecot"),
        user=User(UID, UID),
        networks=(
            Attachment(Network.MAILSERVER, "LMTP, SASL and doveadm for the house; asks MariaDB, tells rspamd"),
            Attachment(Network.VPN, "IMAP, POP3 and ManageSieve for mail programs"),
        ),
        configs=(ConfigFile("dovecot.conf.j2", "dovecot.conf"), ConfigFile("house.env.j2", "house.env")),
        config_target=TARGET,
        secrets=(
            SecretFile(path="dovecot.conf", template="secrets.conf.j2"),
            SecretFile(path="rspamd_controller_password", secret="rspamd_controller_password"),  # noqa: S106 – its name
            SecretFile(path="tls.crt", secret="tls_certificate"),  # noqa: S106 – as above
            SecretFile(path="tls.key", secret="tls_key"),  # noqa: S106 – as above
        ),
        volumes=(Volume(storage=Storage.BULK, name=MAIL, target="/srv/mail"),),
        temporary={
            "/run/dovecot": f"size=48m,mode=0755,uid={UID},gid={UID}",
            "/tmp": f"size=32m,mode=0700,uid={UID},gid={UID}",  # noqa: S108 – a path in the container
        },
        publishes=tuple(Publication(port, port, Reachable.VPN, reason) for port, reason in _CLIENTS.items()),
        health=Health(test=("/usr/local/lib/machiya/bin/healthy",), timeout_seconds=15.0),
        limits=Limits(memory_bytes=512 * MIB, processes=1000),
        check=("doveconf", "-n"),
        reload=("doveadm", "reload"),
        needs=("mariadb",),
    )
