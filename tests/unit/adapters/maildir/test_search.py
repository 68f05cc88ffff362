"""Looking for a delivery while a mail program moves messages."""

import os
from pathlib import Path

import pytest

from machiya.adapters.maildir import search
from machiya.adapters.maildir.search import place_of

MARK = ".0193a5c07b1e7c3a9f00000000000001.machiya"
NAME = f"1795000000{MARK},S=1,W=1"


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("", ".Archive", ".Trash"):
        for part in ("tmp", "new", "cur"):
            (tmp_path / folder / part).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("place", ["new", "cur", ".Archive/new", ".Trash/cur"])
def test_place_of_looks_into_every_folder(maildir: Path, place: str) -> None:
    (maildir / place / f"{NAME}:2,S").touch()
    assert place_of(maildir, MARK) == maildir / place


def test_place_of_is_none_for_an_empty_and_for_no_maildir(maildir: Path) -> None:
    assert not place_of(maildir, MARK)
    assert not place_of(maildir / "missing", MARK)


def test_place_of_finds_a_message_that_moves_behind_its_back(maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves a folder before that is read, for one that has been read already."""
    (maildir / ".Trash" / "cur" / NAME).touch()
    read = search._names
    moved: list[Path] = []

    def names(part: Path) -> list[str]:
        if part == maildir / ".Trash" / "cur" and not moved:
            moved.append((maildir / ".Trash" / "cur" / NAME).rename(maildir / "new" / NAME))
        return read(part)

    monkeypatch.setattr(search, "_names", names)
    assert place_of(maildir, MARK)


def test_place_of_does_not_guess_while_everything_moves(maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(1000, 9000))
    monkeypatch.setattr(search, "_modified", lambda _: next(times))
    with pytest.raises(OSError, match="changes faster"):
        place_of(maildir, MARK)


def test_place_of_lives_with_a_folder_that_disappears(maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listdir = os.listdir

    def vanish(part: Path) -> list[str]:
        if part == maildir / ".Trash" / "new":
            raise FileNotFoundError
        return listdir(part)

    monkeypatch.setattr(os, "listdir", vanish)
    assert not place_of(maildir, MARK)
