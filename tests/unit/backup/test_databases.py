from pathlib import Path
from urllib.parse import unquote

import pytest

from fakes.snapshot import FolderSnapshot
from machiya.backup.databases import DatabaseDiffers, file_name, require_rows


@pytest.mark.parametrize("name", ["machiya", "a/b", "..", "%2F", "家", "a b", "`"])
def test_file_name_fits_every_disk_and_tells_the_name_again(name: str) -> None:
    made = file_name(name, ".sql.zst")
    assert made.isascii()
    assert Path(made).name == made
    assert unquote(made.removesuffix(".sql.zst")) == name


def test_require_rows_names_what_is_missing_too_much_or_different() -> None:
    require_rows("x", {"a": 1}, {"a": 1})
    for found, said in (({}, r"a \(1, now None\)"), ({"a": 2}, r"a \(1, now 2\)"), ({"a": 1, "b": 0}, "b")):
        with pytest.raises(DatabaseDiffers, match=said):
            require_rows("x", {"a": 1}, found)


def test_a_snapshot_of_tests_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "databases").mkdir()
    (tmp_path / "databases" / "x").write_bytes(b"x")
    assert [entry.path for entry in FolderSnapshot(tmp_path).entries()] == [b"databases/x"]
