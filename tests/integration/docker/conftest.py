"""The real engine; what an earlier run left behind is removed first, and what this run makes at its end."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration import leftovers
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
    with leftovers.beside_others(leftovers.DOCKER):
        Workshop().have_base("debootstrap", fresh=False)
        _sweep(docker)
        yield docker
        _sweep(docker)


@pytest.fixture
def project() -> str:
    return f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"


def _sweep(docker: DockerCli) -> None:
    """What this run made, and runs that are dead; a run beside this one keeps its own."""
    for kind, listing in (
        ("container", ("ps", "--all", "--filter", f"name={PREFIX}", "--format", "{{.ID}} {{.Names}}")),
        ("network", ("network", "ls", "--filter", f"name={PREFIX}", "--format", "{{.ID}} {{.Name}}")),
        ("image", ("image", "ls", "--filter", f"reference=machiya/{PREFIX}*", "--format", "{{.ID}} {{.Repository}}")),
    ):
        rows = [line.split() for line in docker.ask(*listing).splitlines()]
        ids = {identity for identity, name in rows if not _is_of_another_run(name)}
        if ids:
            docker.call(kind, "rm", *(["--force"] if kind != "network" else []), *ids)


def _is_of_another_run(name: str) -> bool:
    process = name.partition(PREFIX)[2].partition("-")[0]
    return process.isdecimal() and int(process) != os.getpid() and Path(f"/proc/{process}").exists()
