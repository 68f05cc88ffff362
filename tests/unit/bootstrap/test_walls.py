from dataclasses import replace
from pathlib import Path

import pytest

from fakes.commands import FakeCommands
from fakes.stacks_samples import FACTS
from machiya.bootstrap.walls import Walls
from machiya.stacks.compose import compose_text
from machiya.stacks.images import all_image_folders
from machiya.stacks.services import services


def written(root: Path) -> tuple[Walls, Path]:
    facts = replace(FACTS, root=root)
    found = services(facts)
    file = root / "rendered" / "compose.yaml"
    file.parent.mkdir()
    file.write_text(compose_text(facts, found, {folder: f"machiya/{folder}:0" for folder in all_image_folders()}))
    return Walls(facts, FakeCommands()), file


def test_breaches_finds_none_in_what_was_rendered(tmp_path: Path) -> None:
    walls, _ = written(tmp_path)
    assert walls.breaches() == ()


def test_breaches_sees_what_a_person_edited(tmp_path: Path) -> None:
    walls, file = written(tmp_path)
    file.write_text(file.read_text().replace("127.0.0.1:993:", "0.0.0.0:993:"))
    (breach,) = walls.breaches()
    assert breach.startswith("dovecot: publishes 0.0.0.0:993:993/tcp elsewhere")


@pytest.mark.parametrize(
    "text", ["", "services:", "services: {nginx: }", "networks: {}", "- 1", "services: {nginx: x}"]
)
def test_breaches_says_that_it_cannot_tell(tmp_path: Path, text: str) -> None:
    walls, file = written(tmp_path)
    file.write_text(text)
    (breach,) = walls.breaches()
    assert breach.startswith("nobody can tell")


def test_breaches_says_nothing_of_a_file_that_is_not_there_or_is_none(tmp_path: Path) -> None:
    walls, file = written(tmp_path)
    file.write_text("{")
    assert walls.breaches() == ()
    file.unlink()
    assert walls.breaches() == ()
