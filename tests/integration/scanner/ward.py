"""The scanner's four containers exactly as the house renders them, on networks of their own."""

import json
import os
import secrets
import shutil
import subprocess  # noqa: TID251 – a test lane speaks with its Docker itself
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import yaml

from fakes.stacks_samples import facts_at
from integration import leftovers
from integration.ports import free_prefix
from machiya.bootstrap.workshop import Workshop
from machiya.stacks.compose import compose, volume_path
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Service
from machiya.stacks.networks import Network, address
from machiya.stacks.render import render, render_secrets
from machiya.stacks.services import services

NAMES = ("unbound", "redis", "clamav", "rspamd")
MESSAGE_BYTES = 4 * 1024 * 1024
CONTROLLER_PASSWORD = "a-test-password"
SECRETS = {"redis_password": "another-test-password", "rspamd_controller_password": CONTROLLER_PASSWORD}
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
DATABASE = {
    "test.hdb": b"44d88612fea8a8f36de82e1278abb02f:68:Test.EICAR.HDB\n",
    "test.ndb": b"Test.EICAR.NDB:0:*:" + _EICAR.hex().encode() + b"\n",
}
_SECONDS = 360.0


class Ward:
    """The containers; ``start`` waits until all are healthy.

    Args:
        zone: lines of unbound's configuration that the test resolver has besides.
    """

    def __init__(self, zone: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="machiya-scanner-"))
        self.project = f"mcscan-{secrets.token_hex(4)}"
        self.facts = _facts(self.folder, self.project)
        self.services: tuple[Service, ...] = tuple(one for one in services(self.facts) if one.name in NAMES)
        self._zone = zone
        self._compose = self.folder / "compose.json"

    def start(self) -> Self:
        """Build what is missing, render, start, wait."""
        tags = _tags()
        self._render(tags)
        for name, content in DATABASE.items():
            self._database(name).write_bytes(content)
        self.run("up", "--detach", "--no-build")
        for name in NAMES:
            self.wait_healthy(name)
        return self

    def stop(self) -> None:
        """Remove containers, networks and files."""
        self.run("down", "--volumes", "--timeout", "5", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, name: str) -> str:
        """Of a service in the mail stack's network, reached from this machine."""
        return address(self.facts.network_prefix, Network.MAILSERVER, name)

    @property
    def url(self) -> str:
        """Rspamd's normal worker."""
        return f"http://{self.address('rspamd')}:11333"

    def run(self, *words: str, check: bool = True) -> str:
        """One Compose command."""
        argv = [_program(), "--project-name", self.project, "--file", str(self._compose), *words]
        return _run(argv, check=check)

    def docker(self, *words: str, check: bool = True) -> str:
        """One Docker command."""
        return _run(["docker", *words], check=check)

    def container(self, name: str) -> str:
        """A service's container."""
        return f"{self.project}-{name}"

    def state(self, name: str) -> dict[str, Any]:
        """What the engine says of it; empty while there is none."""
        answer = self.docker("inspect", "--format", "{{json .State}}", self.container(name), check=False)
        state: dict[str, Any] = json.loads(answer) if answer.startswith("{") else {}
        return state

    def wait_healthy(self, name: str) -> None:
        """Until the engine calls it healthy."""
        self.wait(lambda: self.state(name).get("Health", {}).get("Status") == "healthy", f"{name} healthy", name)

    def wait(self, true: Callable[[], object], what: str, name: str = "rspamd") -> None:
        """Until ``true()``; a failure tells what the container said."""
        deadline = time.monotonic() + _SECONDS
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"not {what}: {self.state(name)}\n{self.logs(name)}")
            time.sleep(0.3)  # noqa: TID251 – polls a container

    def logs(self, name: str) -> str:
        """Both streams of a container."""
        return self.docker("logs", "--tail", "20", self.container(name), check=False)

    def forget_database(self) -> None:
        """As at the first start of a house: there is no virus database."""
        for path in (self.folder / "bulk" / "clamav").iterdir():
            path.unlink()

    def give_database(self) -> None:
        """The test virus only."""
        for name, content in DATABASE.items():
            self._database(name).write_bytes(content)

    def _database(self, name: str) -> Path:
        return self.folder / "bulk" / "clamav" / name

    def _render(self, tags: Mapping[str, str]) -> None:
        for file in render(self.facts, self.services, tags):
            self._write(self.folder / "rendered" / file.path, file.content, file.mode, (0, 0))
        for secret in render_secrets(self.facts, self.services, SECRETS):
            path = self.facts.secrets / secret.service / secret.path
            self._write(path, secret.content, secret.mode, secret.owner)
        resolver = self.folder / "rendered/config/unbound/unbound.conf"
        resolver.write_text(resolver.read_text() + f"server:\n{self._zone}\n")
        for service in self.services:
            for volume in service.volumes:
                folder = Path(volume_path(self.facts, volume))
                folder.mkdir(parents=True)
                folder.chmod(volume.mode)
                os.chown(folder, service.user.uid, service.user.gid)
        self._compose.write_text(json.dumps(self._marked(compose(self.facts, self.services, tags))))

    def _marked(self, project: dict[str, Any]) -> dict[str, Any]:
        key, _, value = leftovers.mark().partition("=")
        used = {network for service in project["services"].values() for network in service["networks"]}
        project["networks"] = {name: made for name, made in project["networks"].items() if name in used}
        for made in (*project["services"].values(), *project["networks"].values()):
            made["labels"][key] = value
        return yaml.safe_load(yaml.safe_dump(project))  # type: ignore[no-any-return]  # plain data

    def _write(self, path: Path, content: bytes, mode: int, owner: tuple[int, int]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o755)
        path.write_bytes(content)
        path.chmod(mode)
        os.chown(path, *owner)


def _facts(folder: Path, project: str) -> HouseFacts:
    folder.chmod(0o755)
    return facts_at(
        folder,
        project=project,
        hostname="house.test",
        owner="",
        network_prefix=free_prefix(160, 16),  # which the Makefile lets these tests reach
        message_bytes=MESSAGE_BYTES,
        resolver="none",
    )


def _tags() -> dict[str, str]:
    workshop = Workshop()
    workshop.have_base("debootstrap", fresh=False)
    for _ in workshop.build(list(NAMES), fresh=False, on_step=lambda _name, _step: None):
        pass
    return workshop.tags()


def _program() -> str:
    beside = Path(sys.executable).parent / "docker-compose"
    return str(beside) if beside.exists() else "docker-compose"


def _run(argv: list[str], *, check: bool = True) -> str:
    done = subprocess.run(  # noqa: S603 – fixed argv
        argv, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    if check and done.returncode:
        raise AssertionError(f"{' '.join(argv)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout if check else done.stdout + done.stderr
