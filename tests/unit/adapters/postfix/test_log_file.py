from pathlib import Path

import pytest

from machiya.adapters.postfix.log_file import PIECE_BYTES, LogFile, LogUnreadable
from machiya.mail.outgoing import LogPosition

LONG = "x" * 70  # a file is told from another by its first 64 bytes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


def write(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in lines)


def lines(log: LogFile, position: LogPosition) -> tuple[list[str], LogPosition]:
    piece = log.read(position)
    return [line for _, line in piece.lines], piece.position


def test_read_goes_on_where_it_ended(path: Path) -> None:
    log = LogFile(path)
    assert lines(log, LogPosition()) == ([], LogPosition())
    write(path, f"{LONG}1", "two")
    first, position = lines(log, LogPosition())
    assert first == [f"{LONG}1", "two"]
    assert lines(log, position) == ([], position)
    write(path, "three")
    assert lines(log, position)[0] == ["three"]
    assert log.read(position).lines == ((position.offset, "three"),)


def test_read_leaves_half_a_line_for_later(path: Path) -> None:
    log = LogFile(path)
    path.write_text(f"{LONG}1\nha", encoding="utf-8")
    first, position = lines(log, LogPosition())
    assert first == [f"{LONG}1"]
    write(path, "lf")
    assert lines(log, position)[0] == ["half"]


def test_read_follows_a_rotation_without_losing_a_line(path: Path) -> None:
    log = LogFile(path)
    write(path, f"{LONG}1")
    _, position = lines(log, LogPosition())
    write(path, "last of the old")
    path.rename(path.with_name("mail.log.20261128-223000"))
    write(path, f"{LONG}2", "more")
    old, position = lines(log, position)
    new, position = lines(log, position)
    assert (old, new) == (["last of the old"], [f"{LONG}2", "more"])
    assert lines(log, position)[0] == []


def test_read_begins_with_the_oldest_file_there_is(path: Path) -> None:
    write(path.with_name("mail.log.20261127-000000"), f"{LONG}0")
    write(path, f"{LONG}1")
    for position in (LogPosition(), LogPosition("gone-0", 999)):
        assert lines(LogFile(path), position)[0] == [f"{LONG}0"]


def test_read_waits_for_a_file_that_has_no_name_yet(path: Path) -> None:
    path.write_text("short", encoding="utf-8")
    assert lines(LogFile(path), LogPosition()) == ([], LogPosition())


def test_read_takes_a_large_file_in_pieces_and_odd_bytes_as_they_are(path: Path) -> None:
    path.write_bytes((b"y" * 99 + b"\n") * 5000 + b"odd \xff\r\x0c byte\n")
    log, position, found = LogFile(path), LogPosition(), []
    while piece := log.read(position).lines:
        found += [line for _, line in piece]
        position = log.read(position).position
    assert len(found) == 5001
    assert found[-1] == "odd \udcff\r\x0c byte"


def test_read_passes_over_a_line_without_end(path: Path) -> None:
    path.write_bytes(b"z" * (PIECE_BYTES + 10) + b"\nnext\n")
    log = LogFile(path)
    none, position = lines(log, LogPosition())
    assert none == []
    assert lines(log, position)[0][-1] == "next"


def test_read_goes_on_in_a_rotated_file_after_a_line_without_end(path: Path) -> None:
    old = path.with_name("mail.log.20261128-223000")
    old.write_bytes(b"z" * (2 * PIECE_BYTES + 10) + b"\nlast of the old\nhalf")
    write(path, f"{LONG}2")
    log, position, found = LogFile(path), LogPosition(), []
    for _ in range(6):
        some, position = lines(log, position)
        found += some
    assert found == ["z" * 10, "last of the old", f"{LONG}2"]


def test_read_says_when_the_log_is_no_file(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LogUnreadable, match=r"mail\.log"):
        LogFile(path).read(LogPosition())
