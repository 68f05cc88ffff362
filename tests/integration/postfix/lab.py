"""Postfix's real container as Compose runs it, between a fake Dovecot, a fake relay and a real mail-api on this host.

The container's neighbours have addresses of their own in its networks; here they are further addresses of the bridge.
"""

import base64
import json
import os
import secrets
import ssl
import subprocess  # noqa: TID251 – a test lane starts what it needs itself
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fakes.certificates import TestAuthority
from fakes.dovecot_ports import FakeDovecotPorts
from fakes.smtp_relay import FakeRelay
from fakes.stacks_samples import FACTS
from integration import leftovers
from integration.ports import free_port
from machiya.adapters.docker.compose import Compose
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.shell.commands import ShellCommands
from machiya.bootstrap.workshop import Workshop
from machiya.core.sizes import MIB
from machiya.entrypoints.mail_api.event_routes import SIGNATURE_HEADER, TIMESTAMP_HEADER
from machiya.stacks.catalogue.postfix.service import service
from machiya.stacks.compose import bridge_name, compose_text, volume_path
from machiya.stacks.facts import HouseFacts, RelayFacts
from machiya.stacks.model import Service
from machiya.stacks.networks import Network, address, gateway
from machiya.stacks.render import render, render_secrets

PREFIX = "machiya-postfix-lane-"
RELAY, PASSWORD, RELAY_PASSWORD = "relay.test", "a long password", "relay secret"
LOGIN = "you@home.test"
SECONDS = 90.0
LOG_FOLDER = "containers/bulk/log/postfix"


def wait_for(what: str, look: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first true answer; an error after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)  # noqa: TID251 – another process is waited for
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


@dataclass
class MailApi:
    """``machiya mail-api`` on a house of its own."""

    root: Path
    environment: Mapping[str, str]
    port: int
    private_port: int
    _process: "subprocess.Popen[bytes] | None" = None

    def machiya(self, *words: str) -> str:
        """Run a command; what it printed."""
        argv = [sys.executable, "-m", "machiya", "--house", str(self.root), *words]
        done = subprocess.run(argv, env=dict(self.environment), capture_output=True, check=False, timeout=120)  # noqa: S603 – fixed argv
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start(self) -> None:
        with (self.root.parent / "mail-api.log").open("ab") as log:
            argv = [sys.executable, "-m", "machiya", "--house", str(self.root), "mail-api"]
            self._process = subprocess.Popen(argv, env=dict(self.environment), stdout=log, stderr=log)  # noqa: S603 – fixed argv
        wait_for("mail-api", self._ready)

    def _ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, (self.root.parent / "mail-api.log").read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{self.private_port}/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """``kill -9``."""
        if self._process:
            self._process.kill()
            self._process.wait(60)
            self._process = None

    def journeys(self, query: str) -> list[dict[str, Any]]:
        """``machiya trace QUERY --json``, what goes out; empty where it knows nothing."""
        argv = [sys.executable, "-m", "machiya", "--house", str(self.root), "trace", query, "--json"]
        done = subprocess.run(argv, env=dict(self.environment), capture_output=True, check=False, timeout=120)  # noqa: S603 – fixed argv
        found = json.loads(done.stdout) if done.returncode == 0 else []
        return [one for one in found if one["direction"] == "out"]


@dataclass
class Lab:
    """Everything that runs; ``facts`` may be replaced and rendered again."""

    folder: Path
    facts: HouseFacts
    docker: DockerCli
    compose: Compose
    dovecot: FakeDovecotPorts
    relay: FakeRelay
    authority: TestAuthority
    api: MailApi
    tags: Mapping[str, str]
    webhook_key: EllipticCurvePrivateKey
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def log_folder(self) -> Path:
        """A small disk of its own, so that it can be filled."""
        return self.folder / LOG_FOLDER

    @property
    def service(self) -> Service:
        """Without its neighbours, which are no containers here, and without ports of this machine."""
        plain = service(self.facts)
        return replace(plain, needs=(), publishes=(), environment={**plain.environment, "KEEPER_SECONDS": "2"})

    def post_events(self, events: list[dict[str, Any]]) -> int:
        """As SendGrid posts them; the status of the answer."""
        body, moment = json.dumps(events).encode(), str(int(time.time()))
        signature = base64.b64encode(self.webhook_key.sign(moment.encode() + body, ECDSA(SHA256()))).decode()
        headers = {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: moment}
        return httpx.post(
            f"http://127.0.0.1:{self.api.port}/v1/events/sendgrid", content=body, headers=headers
        ).status_code

    @property
    def container(self) -> str:
        return f"{self.facts.project}-postfix"

    def at(self, network: Network, name: str) -> str:
        return address(self.facts.network_prefix, network, name)

    def render(self) -> None:
        """Write configuration and secrets as the house does."""
        one = (self.service,)
        for file in render(self.facts, one, self.tags):
            _write(self.facts.root / "rendered" / file.path, file.content, file.mode)
        for secret in render_secrets(self.facts, one, self.secrets):
            _write(self.facts.secrets / secret.service / secret.path, secret.content, secret.mode)
        for volume in self.service.volumes:
            path = Path(volume_path(self.facts, volume))
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(volume.mode)
            os.chown(path, *(volume.owner or (0, 0)))

    def reload(self, **changes: Any) -> None:
        """Render with other facts, and have Postfix read it."""
        self.facts = replace(self.facts, **changes)
        self.render()
        self.run(*self.service.reload)

    def run(self, *argv: str) -> str:
        """Run a program in the container."""
        return self.docker.ask("exec", self.container, *argv)

    def healthy(self) -> bool:
        (found,) = self.docker.inspect("container", [self.container])
        return bool(found["State"].get("Health", {}).get("Status") == "healthy")

    def log(self) -> str:
        return (self.log_folder / "mail.log").read_text("utf-8", "replace")

    def queue(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("postqueue", "-j").splitlines()]


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    fresh.chmod(mode)
    fresh.replace(path)


def _unmount(folder: str) -> None:
    subprocess.run(["umount", "--lazy", folder], check=True, timeout=30)  # noqa: S603, S607 – fixed argv


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """The whole lab, ready; nothing of it stays."""
    lab = _planned(folder)
    lab.log_folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", lab.log_folder], check=True, timeout=30)  # noqa: S603, S607 – fixed argv
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
        relay=FakeRelay(outside, facts.relay.port, _server_context(folder, authority, RELAY), RELAY_PASSWORD),
        authority=authority,
        api=_mail_api(folder, facts, public_text(webhook_key)),
        webhook_key=webhook_key,
        tags=workshop.tags(),
    )


def _facts(folder: Path) -> HouseFacts:
    root = folder / "containers"
    return replace(
        FACTS,
        project=PREFIX + secrets.token_hex(3),
        hostname="mail.home.test",
        owner="",
        root=root,
        fast=root / "fast",
        bulk=root / "bulk",
        run=root / "run",
        secrets=root / "secrets",
        network_prefix="10.233",  # which the Makefile lets these tests reach
        message_bytes=MIB,
        scanning=False,
        relay=RelayFacts(RELAY, free_port(), "starttls", "apikey"),
        relay_ca="relay-ca.pem",
    )


def _server_context(folder: Path, authority: TestAuthority, host: str) -> ssl.SSLContext:
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
    _write(lab.facts.root / "relay-ca.pem", lab.authority.pem, 0o644)
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
        subprocess.run(argv, check=True, timeout=30)  # noqa: S603 – fixed argv


def public_text(key: EllipticCurvePrivateKey) -> str:
    """A public key as SendGrid shows it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
