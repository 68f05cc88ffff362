"""What a killed run leaves goes, what a living one has stays."""

import subprocess  # noqa: TID251 – a run that is killed
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration import leftovers
from integration.leftovers import Lane
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.shell.commands import ShellCommands

pytestmark = pytest.mark.docker

RUN = """
import sys, time
from integration import leftovers
with leftovers.beside_others(leftovers.Lane(*sys.argv[1:])):
    print("it runs", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def lane(project: str, docker: DockerCli, commands: ShellCommands) -> Iterator[Lane]:
    """A container that the engine starts again and again, a network and a namespace."""
    found = Lane(lock=project, project=project)
    label = f"machiya.project={project}"
    docker.ask("network", "create", "--internal", "--label", label, f"{project}-net")
    words = (
        "--detach",
        "--restart",
        "always",
        "--label",
        label,
        "--name",
        f"{project}-one",
        "--network",
        f"{project}-net",
    )
    docker.ask("run", *words, "debian:trixie-slim", "sleep", "600", seconds=180)
    assert commands.run(["ip", "netns", "add", f"{project}-place"], seconds=60).good
    yield found
    leftovers._sweep(found)


@pytest.fixture
def there(lane: Lane, docker: DockerCli, commands: ShellCommands) -> "Look":
    return Look(lane, docker, commands)


class Look:
    def __init__(self, lane: Lane, docker: DockerCli, commands: ShellCommands) -> None:
        self._lane, self._docker, self._commands = lane, docker, commands

    def __call__(self) -> list[bool]:
        lists = (
            self._docker.ask("ps", "--all", "--format", "{{.Names}}"),
            self._docker.ask("network", "ls", "--format", "{{.Name}}"),
            self._commands.run(["ip", "netns", "list"], seconds=60).out,
        )
        return [self._lane.project in text for text in lists]


def test_a_killed_run_leaves_nothing_and_a_living_one_is_left_alone(lane: Lane, there: Look) -> None:
    tests = Path(leftovers.__file__).parents[1]
    with subprocess.Popen(  # noqa: S603 – our own program
        [sys.executable, "-c", RUN, lane.lock, "no such project"], cwd=tests, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        assert run.stdout.readline() == "it runs\n"
        leftovers._sweep_if_dead(lane)
        assert there() == [True, True, True]
        run.kill()
    leftovers._sweep_if_dead(lane)
    assert there() == [False, False, False]
