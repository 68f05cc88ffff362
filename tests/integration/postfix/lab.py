"""What the tests do with the lab: Postfix's real container as Compose runs it, and its neighbours."""

import base64
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from fakes.certificates import TestAuthority
from fakes.dovecot_ports import FakeDovecotPorts
from fakes.smtp_relay import FakeRelay
from integration.postfix.mail_api import SECONDS, MailApi, wait_for
from machiya.adapters.docker.compose import Compose
from machiya.adapters.docker.engine import DockerCli
from machiya.entrypoints.mail_api.event_routes import SIGNATURE_HEADER, TIMESTAMP_HEADER
from machiya.stacks.catalogue.postfix.service import service
from machiya.stacks.compose import volume_path
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Service
from machiya.stacks.networks import Network, address
from machiya.stacks.render import render, render_secrets

RELAY, PASSWORD, RELAY_PASSWORD = "relay.test", "a long password", "relay secret"
LOGIN = "you@home.test"
LOG_FOLDER = "containers/bulk/log/postfix"
RELOADED = "reload -- version"


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
            f"http://127.0.0.1:{self.api.port}/v1/events/sendgrid", content=body, headers=headers, timeout=SECONDS
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
            write_file(self.facts.root / "rendered" / file.path, file.content, file.mode)
        for secret in render_secrets(self.facts, one, self.secrets):
            write_file(self.facts.secrets / secret.service / secret.path, secret.content, secret.mode)
        for volume in self.service.volumes:
            path = Path(volume_path(self.facts, volume))
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(volume.mode)
            os.chown(path, *(volume.owner or (0, 0)))

    def reload(self, **changes: Any) -> None:
        """Render with other facts, and have Postfix read it: until it says so, its old processes take connections."""
        self.facts = replace(self.facts, **changes)
        self.render()
        before = self.log().count(RELOADED)
        self.run(*self.service.reload)
        wait_for("Postfix reloaded", lambda: self.log().count(RELOADED) > before)

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


def write_file(path: Path, content: bytes, mode: int) -> None:
    """There whole or not at all: the container may read it at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    fresh.chmod(mode)
    fresh.replace(path)
