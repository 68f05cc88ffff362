"""The real engine; what an earlier run left behind is removed first, and what this run makes at its end."""

import os
import secrets
from collections.abc import Iterator

import pytest

from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.shell.commands import ShellCommands
from machiya.bootstrap.workshop import Workshop

PREFIX = "machiya-lane-"


@pytest.fixture(scope="session")
def commands() -> ShellCommands:
    return ShellCommands(os.environ)  # noqa: TID251 – programs need a PATH


@pytest.fixture(scope="session")
def docker(commands: ShellCommands) -> Iterator[DockerCli]:
    docker = DockerCli(commands)
    Workshop().have_base("debootstrap", fresh=False)
    _sweep(docker)
    yield docker
    _sweep(docker)


@pytest.fixture
def project() -> str:
    return PREFIX + secrets.token_hex(4)


def _sweep(docker: DockerCli) -> None:
    """Only what a lane made: by the name that all of it begins with."""
    for kind, listing in (
        ("container", ("ps", "--all", "--filter", f"name={PREFIX}", "--format", "{{.ID}}")),
        ("network", ("network", "ls", "--filter", f"name={PREFIX}", "--format", "{{.ID}}")),
        ("image", ("image", "ls", "--filter", f"reference=machiya/{PREFIX}*", "--format", "{{.ID}}")),
    ):
        ids = set(docker.ask(*listing).split())
        if ids:
            docker.ask(kind, "rm", *(["--force"] if kind != "network" else []), *ids)
