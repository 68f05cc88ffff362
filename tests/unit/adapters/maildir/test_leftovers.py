"""What interrupted writers left."""

from pathlib import Path

from machiya.adapters.maildir.leftovers import remove_leftovers

HOUR = 3600


def put(folder: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    file = folder / "tmp" / "left"
    file.write_bytes(b"half")
    return file


def test_remove_leftovers_takes_what_is_old_in_every_folder(tmp_path: Path) -> None:
    files = [put(tmp_path), put(tmp_path / ".Sent")]
    message = tmp_path / "new" / "message"
    message.touch()
    assert remove_leftovers(tmp_path, files[0].stat().st_ctime + 37 * HOUR) == 2
    assert not any(file.exists() for file in files)
    assert message.exists()


def test_remove_leftovers_leaves_what_may_be_in_the_making(tmp_path: Path) -> None:
    file = put(tmp_path)
    assert remove_leftovers(tmp_path, file.stat().st_ctime + 35 * HOUR) == 0
    assert file.exists()


def test_remove_leftovers_of_no_maildir_is_nothing(tmp_path: Path) -> None:
    assert remove_leftovers(tmp_path / "missing", 0) == 0
