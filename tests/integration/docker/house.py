"""Some services of a house, rendered and run by the real engine; the rest of the house is not there."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from machiya.adapters.docker.compose import Compose
from machiya.adapters.docker.containers import DockerEngine
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.shell.commands import ShellCommands
from machiya.bootstrap import House
from machiya.bootstrap.containers import facts_of
from machiya.bootstrap.workshop import Workshop
from machiya.stacks.compose import compose_text, volume_path
from machiya.stacks.containers import ServiceState, statuses
from machiya.stacks.model import Service
from machiya.stacks.render import render, render_secrets
from machiya.stacks.services import services

SECONDS = 180.0


class Part:
    """The services ``names`` of a docker house in ``root``; ``values`` are its secrets."""

    def __init__(
        self, docker: DockerCli, commands: ShellCommands, root: Path, names: tuple[str, ...], values: Mapping[str, str]
    ) -> None:
        self.house = House(root)
        self.facts = replace(facts_of(self.house.settings), secrets=root / "secrets")
        self.services = tuple(one for one in services(self.facts) if one.name in names)
        self.docker, self.project = docker, self.facts.project
        self._values = values
        self.compose = Compose(commands, self.project, root / "rendered" / "compose.yaml")

    def prepare(self) -> None:
        """Images, files and folders, as machiya up would have them."""
        workshop = Workshop()
        folders = sorted({one.image.folder for one in self.services})
        built = dict(
            zip(folders, (tag for tag, _ in workshop.build(folders, fresh=False, on_step=_quiet)), strict=True)
        )
        for file in render(self.facts, self.services, built):
            _write(self.facts.root / "rendered" / file.path, file.content, file.mode, (0, 0))
        (self.facts.root / "rendered" / "compose.yaml").write_text(compose_text(self.facts, self.services, built))
        for secret in render_secrets(self.facts, self.services, self._values):
            _write(self.facts.secrets / secret.service / secret.path, secret.content, secret.mode, secret.owner)
        for one in self.services:
            self._make_volumes(one)

    def _make_volumes(self, service: Service) -> None:
        for volume in service.volumes:
            path = Path(volume_path(self.facts, volume))
            path.mkdir(parents=True, exist_ok=True)
            os.chown(path, *(volume.owner or (service.user.uid, service.user.gid)))
            path.chmod(volume.mode)

    def up(self, *names: str) -> None:
        """Start and wait until they are healthy."""
        self.compose.up(names)
        self.await_state(ServiceState.HEALTHY, *names)

    def await_state(self, state: ServiceState, *names: str) -> None:
        def reached() -> bool:
            return all(self.state(name) is state for name in names)

        assert soon(reached), (DockerEngine(self.docker).containers(self.project), [self.log(name) for name in names])

    def state(self, name: str) -> ServiceState:
        (found,) = statuses([name], DockerEngine(self.docker).containers(self.project))
        return found.state

    def container(self, name: str) -> str:
        return f"{self.project}-{name}"

    def inspect(self, name: str, template: str) -> str:
        return self.docker.ask("inspect", "--format", template, self.container(name)).strip()

    def log(self, name: str) -> str:
        done = self.docker.call("logs", "--tail", "30", self.container(name))
        return done.out + done.err


def soon(look: Callable[[], bool], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.3)  # noqa: TID251 – another program: there is nothing to wait on
    return False


def _write(path: Path, content: bytes, mode: int, owner: tuple[int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    os.chown(path, *owner)


def _quiet(_image: str, _step: str) -> None:
    """Nobody reads it."""
