"""Images of earlier versions, on an engine that only pretends."""

import json
from collections.abc import Sequence

import pytest

from fakes.commands import FakeCommands
from machiya.adapters.docker.engine import DockerCli, EngineFailed
from machiya.adapters.docker.old_images import OldImage, OldImages
from machiya.core.commands import Finished
from machiya.stacks.images import BASE

NEW, OLD, USED = (f"machiya/dovecot:{letter * 16}" for letter in "abc")
FOREIGN = ("machiya/dovecot:latest", "elsewhere/dovecot:" + "d" * 16, BASE, "machiya/other:<none>")
SIZES = {BASE: 100, NEW: 150, OLD: 170, USED: 180}


def inspected(argv: Sequence[str]) -> Finished:
    images = [{"Id": f"id of {tag}", "RepoTags": [tag], "Size": SIZES[tag]} for tag in argv[3:] if tag in SIZES]
    return Finished(0, json.dumps(images), "")


def engine(removal: Finished = Finished(0, "", "")) -> FakeCommands:  # noqa: B008 – frozen
    containers = [{"Name": "/machiya-dovecot", "Image": f"id of {USED}"}, {"Name": "/x", "Image": "id of something"}]
    return FakeCommands(
        {
            ("docker", "image", "ls"): Finished(0, "\n".join((NEW, OLD, USED, *FOREIGN)), ""),
            ("docker", "image", "inspect"): inspected,
            ("docker", "image", "rm"): removal,
            ("docker", "ps"): Finished(0, "1\n2\n", ""),
            ("docker", "container", "inspect"): Finished(0, json.dumps(containers), ""),
        }
    )


def test_find_tells_what_is_neither_current_nor_foreign_and_who_needs_it() -> None:
    commands = engine()
    found = OldImages(DockerCli(commands)).find({NEW})
    assert found == (OldImage(OLD, 70, ()), OldImage(USED, 80, ("machiya-dovecot",)))
    assert ("docker", "image", "inspect", OLD, USED) in commands.ran


def test_find_asks_for_our_names_only_and_for_stopped_containers_too() -> None:
    commands = engine()
    OldImages(DockerCli(commands), "lane-*").find({NEW})
    assert any("reference=machiya/lane-*" in argv for argv in commands.ran)
    assert any(argv[1] == "ps" and "--all" in argv for argv in commands.ran)


def test_find_leaves_every_current_image_alone() -> None:
    assert OldImages(DockerCli(engine())).find({NEW, OLD, USED}) == ()


def test_remove_uses_no_force() -> None:
    commands = engine()
    OldImages(DockerCli(commands)).remove(OldImage(OLD, 70, ()))
    assert commands.ran == [("docker", "image", "rm", OLD)]


def test_remove_tells_that_the_engine_refuses() -> None:
    refusal = Finished(1, "", "conflict: container 1 is using its referenced image")
    with pytest.raises(EngineFailed, match="is using its referenced image"):
        OldImages(DockerCli(engine(refusal))).remove(OldImage(OLD, 70, ()))
