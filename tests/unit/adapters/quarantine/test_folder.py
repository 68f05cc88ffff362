"""Files of the quarantine."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.quarantine.folder import QuarantineFolder
from machiya.core.identifiers import new_delivery_id
from machiya.mail.ports import QuarantineDamaged, StoreUnavailable

ID = new_delivery_id(datetime(2026, 11, 28, tzinfo=UTC))


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


async def test_keep_writes_the_very_bytes_for_nobody_else_to_read(tmp_path: Path) -> None:
    folder = QuarantineFolder(tmp_path, write_atomically)
    for content in (b"other", memoryview(b"\0\xff\r\nbare\n")):
        await folder.keep(ID, content)
    assert modes(tmp_path) == {f"{ID}.eml": 0o600}
    assert await folder.read(ID) == b"\0\xff\r\nbare\n"


async def test_remove_twice_is_no_error(tmp_path: Path) -> None:
    folder = QuarantineFolder(tmp_path, write_atomically)
    await folder.keep(ID, b"x")
    for _ in range(2):
        await folder.remove(ID)
    with pytest.raises(QuarantineDamaged):
        await folder.read(ID)


async def test_keep_never_makes_the_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot write to the quarantine"):
        await QuarantineFolder(tmp_path / "not mounted", write_atomically).keep(ID, b"x")


async def test_open_to_group_changes_what_had_another_mode_and_nothing_twice(tmp_path: Path) -> None:
    folder = QuarantineFolder(tmp_path, write_atomically)
    await folder.keep(ID, b"x")
    assert (folder.open_to_group(0o640), folder.open_to_group(0o640)) == (1, 0)
    assert modes(tmp_path) == {f"{ID}.eml": 0o640}


def test_open_to_group_without_a_folder_is_nothing_to_do(tmp_path: Path) -> None:
    assert QuarantineFolder(tmp_path / "none", write_atomically).open_to_group(0o640) == 0
