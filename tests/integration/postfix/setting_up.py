"""Postfix's real container as Compose runs it, between a fake Dovecot, a fake relay and a real mail-api on this host.

The container's neighbours have addresses of their own in its networks; here they are further addresses of the bridge.
"""

import base64
import os
import secrets
import ssl
import subprocess  # noqa: TID251 – a test lane starts what it needs itself
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fakes.certificates import TestAuthority
from fakes.dovecot_ports import FakeDovecotPorts
from fakes.smtp_relay import FakeRelay
from fakes.stacks_samples import facts_at
from integration import leftovers
from integration.ports import free_port
from integration.postfix.lab import LOGIN, PASSWORD, RELAY, RELAY_PASSWORD, Lab, write_file
from integration.postfix.mail_api import MailApi, wait_for
from machiya.adapters.docker.compose import Compose
from machiya.adapters.shell.commands import ShellCommands
from machiya.bootstrap.workshop import Workshop
from machiya.core.sizes import MIB
from machiya.stacks.compose import bridge_name, compose_text
from machiya.stacks.facts import HouseFacts, RelayFacts
from machiya.stacks.networks import Network, address, gateway

PREFIX = "machiya-postfix-lane-"


def _unmount(folder: str) -> None:
    subprocess.run(["umount", "--lazy", folder], check=True, timeout=120)  # noqa: S603, S607 – fixed argv


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """The whole lab, ready; nothing of it stays."""
    lab = _planned(folder)
    lab.log_folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", lab.log_folder], check=True, timeout=120)  # noqa: S603, S607 – fixed argv
    try:
        _prepare(lab)
        lab.compose.up()
        _neighbours(lab)
        with lab.dovecot:
            lab.relay.start()
            lab.api.start()
            wait_for("Postfix healthy", lab.healthy)
            yield lab
    finally:
        lab.api.kill()
        lab.relay.stop()
        lab.compose.down()
        _unmount(str(lab.log_folder))


def _planned(folder: Path) -> Lab:
    workshop, commands = Workshop(), ShellCommands(os.environ)  # noqa: TID251 – programs need a PATH
    workshop.have_base("debootstrap", fresh=False)
    for _ in workshop.build(["postfix"], fresh=False, on_step=lambda *_: None):
        pass
    facts = _facts(folder)
    webhook_key = generate_private_key(SECP256R1())
    authority, outside = TestAuthority(), gateway(facts.network_prefix, Network.OUTSIDE)
    return Lab(
        folder=folder,
        facts=facts,
        docker=workshop.docker,
        compose=Compose(commands, facts.project, facts.root / "rendered/compose.yaml"),
        dovecot=FakeDovecotPorts(address(facts.network_prefix, Network.MAILSERVER, "dovecot"), {LOGIN: PASSWORD}),
        relay=FakeRelay(outside, facts.relay.port, server_context(folder, authority, RELAY), RELAY_PASSWORD),
        authority=authority,
        api=_mail_api(folder, facts, public_text(webhook_key)),
        webhook_key=webhook_key,
        tags=workshop.tags(),
    )


def _facts(folder: Path) -> HouseFacts:
    return facts_at(
        folder / "containers",
        project=PREFIX + secrets.token_hex(3),
        hostname="mail.home.test",
        owner="",
        network_prefix="10.233",  # which the Makefile lets these tests reach
        message_bytes=MIB,
        scanning=False,
        relay=RelayFacts(RELAY, free_port(), "starttls", "apikey"),
        relay_ca="relay-ca.pem",
    )


def server_context(folder: Path, authority: TestAuthority, host: str) -> ssl.SSLContext:
    """A server's side of TLS with a certificate for ``host``."""
    certificate, key = authority.issue(host)
    (folder / f"{host}.pem").write_bytes(certificate + key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / f"{host}.pem")
    return context


def _mail_api(folder: Path, facts: HouseFacts, events_key: str) -> MailApi:
    port, private_port = free_port(), free_port()
    mail = {name: address(facts.network_prefix, Network.MAILSERVER, name) for name in ("dovecot", "mail-api")}
    settings = {
        "MAIL_API__PORT": port,
        "MAIL_API__PRIVATE_PORT": private_port,
        "MAIL__STORE": "lmtp",
        "LMTP__HOST": mail["dovecot"],
        "SUBMISSION__HOST": mail["mail-api"],
        "SUBMISSION__LOG_FILE": facts.bulk / "log/postfix/mail.log",
        "SUBMISSION__USER_PER_HOUR": 200,
        "RELAY__EVENTS_PUBLIC_KEY": events_key,
    }
    variables = {f"MACHIYA_{name}": str(value) for name, value in settings.items()}
    return MailApi(folder / "house", {**os.environ, **variables}, port, private_port)  # noqa: TID251 – a child needs its parent's


def _prepare(lab: Lab) -> None:
    certificate, key = lab.authority.issue(lab.facts.hostname)
    lab.secrets = {
        "tls_certificate": certificate.decode(),
        "tls_key": key.decode(),
        "relay_password": RELAY_PASSWORD,
        "relay_domain_passwords": "",
    }
    write_file(lab.facts.root / "relay-ca.pem", lab.authority.pem, 0o644)
    lab.render()
    _resolving_relay(lab)
    lab.api.machiya("init", "--sample")


def _resolving_relay(lab: Lab) -> None:
    """The street's names, in a house without a street."""
    file = lab.facts.root / "rendered/compose.yaml"
    project = yaml.safe_load(compose_text(lab.facts, (lab.service,), lab.tags))
    name, _, value = leftovers.mark().partition("=")
    project["services"]["postfix"]["extra_hosts"] = {RELAY: lab.relay.host}
    for part in (*project["services"].values(), *project["networks"].values()):
        part["labels"] = {**part.get("labels", {}), name: value}
    file.write_text(yaml.safe_dump(project), encoding="utf-8")


def _neighbours(lab: Lab) -> None:
    bridge = bridge_name(lab.facts, Network.MAILSERVER)
    for name in ("dovecot", "mail-api"):
        argv = ["ip", "address", "add", f"{lab.at(Network.MAILSERVER, name)}/32", "dev", bridge]
        subprocess.run(argv, check=True, timeout=120)  # noqa: S603 – fixed argv


def public_text(key: EllipticCurvePrivateKey) -> str:
    """A public key as SendGrid shows it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
