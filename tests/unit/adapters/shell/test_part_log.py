from pathlib import Path

from machiya.adapters.shell.part_log import LOGS_KEPT, PartLog


def test_write_appends_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "part.log"
    path.write_bytes(b"earlier\n")
    log = PartLog(path)
    log.write(b"later\n")
    log.close()
    assert path.read_bytes() == b"earlier\nlater\n"


def test_write_rotates_by_size_and_keeps_the_newest(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "part.log", limit_bytes=10)
    for number in range(LOGS_KEPT + 4):
        log.write(b"line %d..\n" % number)
    log.close()
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept.pop("part.log") == b"line 7..\n"
    assert kept == {f"part.log.{age}": b"line %d..\n" % (7 - age) for age in range(1, LOGS_KEPT + 1)}


def test_write_counts_what_an_earlier_run_left(tmp_path: Path) -> None:
    path = tmp_path / "part.log"
    path.write_bytes(b"123456789\n")
    log = PartLog(path, limit_bytes=12)
    log.write(b"a\n")
    log.write(b"b\n")
    log.close()
    assert (path.read_bytes(), (tmp_path / "part.log.1").read_bytes()) == (b"b\n", b"123456789\na\n")


def test_write_without_a_disk_is_no_error(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "missing" / "part.log")
    log.write(b"said to nobody\n")
    log.close()
    assert not (tmp_path / "missing").exists()
