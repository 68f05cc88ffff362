import errno
import os
from pathlib import Path

import pytest

from machiya.adapters.files.errors import FolderTaken, NotAHouse, NotWritable
from machiya.adapters.files.house import HouseFolder, make_private_folder
from machiya.core.errors import Conflict


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def house(tmp_path: Path) -> HouseFolder:
    return HouseFolder(tmp_path / "deep" / "house")


def test_build_makes_a_private_folder_once(house: HouseFolder) -> None:
    assert house.build() is True
    assert mode(house.root) == 0o700
    assert house.build() is False


def test_build_accepts_an_empty_folder_and_a_fresh_disk(house: HouseFolder) -> None:
    (house.root / "lost+found").mkdir(parents=True)
    assert house.build() is False


def test_build_refuses_a_folder_that_holds_something_else(house: HouseFolder) -> None:
    house.root.mkdir(parents=True)
    (house.root / "thesis.txt").write_text("dear", encoding="ascii")
    with pytest.raises(FolderTaken, match=r"is not empty and is no house \(it holds thesis.txt\)"):
        house.build()
    assert [entry.name for entry in house.root.iterdir()] == ["thesis.txt"]


def test_build_refuses_a_file(house: HouseFolder) -> None:
    house.root.parent.mkdir()
    house.root.write_text("", encoding="ascii")
    with pytest.raises(FolderTaken, match="is a file, not a folder"):
        house.build()


@pytest.mark.parametrize("begun", ["machiya.toml", "host.key"])
def test_build_goes_on_with_a_house_that_was_begun(house: HouseFolder, begun: str) -> None:
    house.root.mkdir(parents=True)
    for name in (begun, "anything.else"):
        (house.root / name).write_text("", encoding="ascii")
    assert house.build() is False


def test_build_goes_on_after_an_interrupted_write(house: HouseFolder) -> None:
    house.root.mkdir(parents=True)
    (house.root / ".tmp-abc").write_text("half", encoding="ascii")
    assert house.build() is False
    house.clean_up()
    assert list(house.root.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_build_in_a_closed_folder_says_what_to_do(
    house: HouseFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(NotWritable) as caught:
        house.build()
    assert str(house.root) in caught.value.message
    assert "--house" in caught.value.hint


def test_require_wants_a_configuration(house: HouseFolder) -> None:
    with pytest.raises(NotAHouse) as caught:
        house.require()
    assert caught.value.message == f"there is no house in {house.root}"
    assert "machiya init" in caught.value.hint
    house.build()
    assert house.write_configuration("") is True
    house.require()


def test_write_configuration_never_writes_over(house: HouseFolder) -> None:
    house.build()
    assert house.write_configuration("家 = 1\n") is True
    assert house.write_configuration("other") is False
    assert house.configuration.read_bytes() == "家 = 1\n".encode()
    assert mode(house.configuration) == 0o600


def test_tighten_takes_rights_from_others_and_tells_where(house: HouseFolder) -> None:
    house.build()
    house.write_configuration("")
    house.root.chmod(0o755)
    house.configuration.chmod(0o644)
    assert house.tighten() == [house.root, house.configuration]
    assert (mode(house.root), mode(house.configuration)) == (0o700, 0o600)
    assert house.tighten() == []


def test_build_data_makes_it_private_once(house: HouseFolder) -> None:
    house.build()
    assert (house.build_data(), house.build_data()) == (True, False)
    assert mode(house.data) == 0o700


def test_lock_of_a_house_is_one_for_all(house: HouseFolder) -> None:
    house.build()
    with house.lock(), pytest.raises(Conflict, match="the house in"), HouseFolder(house.root).lock():
        pass


def test_make_private_folder_refuses_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("", encoding="ascii")
    with pytest.raises(Exception, match="File exists"):
        make_private_folder(tmp_path / "a")
