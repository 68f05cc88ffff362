"""``machiya images prune`` on an engine that only pretends."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fakes.commands import FakeCommands
from machiya.bootstrap.workshop import Workshop
from machiya.core.commands import Finished
from machiya.core.sizes import MIB
from machiya.stacks.images import BASE

OLD, USED = "machiya/dovecot:" + "a" * 16, "machiya/nginx:" + "b" * 16
Engine = Callable[..., FakeCommands]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Docker with an old image, one that a container needs, and every image of the catalogue."""

    def begin(*, base: bool = True) -> FakeCommands:
        sizes = {OLD: 130 * MIB, USED: 120 * MIB, **({BASE: 100 * MIB} if base else {})}

        def inspected(argv: Sequence[str]) -> Finished:
            found = [{"Id": tag, "RepoTags": [tag], "Size": sizes.get(tag, 0)} for tag in argv[3:] if tag in sizes]
            return Finished(0, json.dumps(found), "")

        def listed(_: Sequence[str]) -> Finished:
            return Finished(0, "\n".join((OLD, USED, *workshop.tags().values())), "")

        container = Finished(0, json.dumps([{"Name": "/house-nginx", "Image": USED}]), "")
        commands = FakeCommands(
            {
                ("docker", "image", "inspect"): inspected,
                ("docker", "image", "ls"): listed,
                ("docker", "ps"): Finished(0, "1\n", ""),
                ("docker", "container", "inspect"): container,
            }
        )
        workshop = Workshop(commands)
        monkeypatch.setattr("machiya.entrypoints.cli.images._workshop", lambda: workshop)
        return commands

    return begin


def removed(commands: FakeCommands) -> list[str]:
    return [argv[3] for argv in commands.ran if argv[:3] == ("docker", "image", "rm")]


def test_prune_removes_what_nobody_needs_and_says_how_much(machiya: Any, engine: Engine) -> None:
    commands = engine()
    done = machiya("images", "prune")
    assert done.code == 0, done.err
    assert removed(commands) == [OLD]
    assert f"removed  {OLD}  30 MiB" in done.out
    assert f"kept     {USED}  needed by house-nginx" in done.out
    assert "at most 30 MiB" in done.err


def test_prune_with_dry_run_removes_nothing(machiya: Any, engine: Engine) -> None:
    commands = engine()
    done = machiya("images", "prune", "--dry-run", "--json")
    assert removed(commands) == []
    assert json.loads(done.out) == {
        "dry_run": True,
        "removed": [{"tag": OLD, "size_bytes": 30 * MIB}],
        "kept": [{"tag": USED, "needed_by": ["house-nginx"]}],
        "freed_bytes_at_most": 30 * MIB,
    }


def test_prune_without_the_base_image_removes_nothing(machiya: Any, engine: Engine) -> None:
    """Without it no tag of the catalogue is known, and everything would look old."""
    commands = engine(base=False)
    done = machiya("images", "prune")
    assert done.code != 0
    assert removed(commands) == []
    assert "machiya images base" in done.err
