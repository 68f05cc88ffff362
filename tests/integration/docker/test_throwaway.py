"""Throwaway containers of the real engine."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.shell.commands import ShellCommands
from machiya.core.commands import Finished, ProgramSlow
from machiya.settings.sources import process_environment
from machiya.stacks.images import BASE

pytestmark = pytest.mark.docker


def labelled(docker: DockerCli, label: str) -> list[str]:
    return docker.ask("ps", "--all", "--quiet", "--filter", f"label={label}").split()


class LookingFirst(ShellCommands):
    """Counts the containers of ``label`` when one is about to be removed."""

    def __init__(self, docker: DockerCli, label: str, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self._docker, self._label = docker, label
        self.seen: list[int] = []

    def run(self, argv: Sequence[str], **options: Any) -> Finished:
        if argv[1] == "rm":
            self.seen.append(len(labelled(self._docker, self._label)))
        return super().run(argv, **options)


def test_a_throwaway_that_does_not_end_in_time_is_removed(docker: DockerCli, project: str) -> None:
    label = f"machiya.throwaway={project}"
    commands = LookingFirst(docker, label, process_environment())
    with pytest.raises(ProgramSlow):
        DockerCli(commands).throwaway(BASE, ["sleep", "infinity"], options=["--label", label], seconds=5)
    assert commands.seen == [1]
    assert labelled(docker, label) == []
