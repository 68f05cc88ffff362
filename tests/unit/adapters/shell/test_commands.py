import errno
import os
import select
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from machiya.adapters.shell.commands import ShellCommands
from machiya.core.commands import ProgramMissing, ProgramSlow

SHELL = ShellCommands({"PATH": "/usr/bin:/bin", "GIVEN": "one"})


def test_run_tells_code_and_both_streams() -> None:
    done = SHELL.run(["sh", "-c", "echo out; echo err >&2; exit 3"], seconds=30)
    assert (done.code, done.out, done.err, done.good) == (3, "out\n", "err\n", False)


def test_run_feeds_bytes_larger_than_a_pipe() -> None:
    assert SHELL.run(["wc", "-c"], seconds=30, stdin=b"x" * 300_000).out.split() == ["300000"]


def test_run_feeds_a_file(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("from a file")
    assert SHELL.run(["cat"], seconds=30, stdin=tmp_path / "in").out == "from a file"


def test_run_survives_a_program_that_reads_nothing() -> None:
    assert SHELL.run(["true"], seconds=30, stdin=b"x" * 300_000).good


def test_run_hands_over_output_larger_than_memory_would_like_in_the_thread_of_the_caller() -> None:
    sizes: list[int] = []
    threads: set[int] = set()

    def take(piece: bytes) -> None:
        sizes.append(len(piece))
        threads.add(threading.get_ident())

    done = SHELL.run(["sh", "-c", "head -c 3000000 /dev/zero; echo err >&2"], seconds=30, on_bytes=take)
    assert (sum(sizes), done.out, done.err) == (3_000_000, "", "err\n")
    assert len(sizes) > 3
    assert threads == {threading.get_ident()}


def test_run_ends_the_program_when_nobody_takes_its_output(tmp_path: Path) -> None:
    def refuse(_piece: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        SHELL.run(["sh", "-c", f"echo $$ > {tmp_path}/pid; yes"], seconds=30, on_bytes=refuse)
    assert _gone_soon(int((tmp_path / "pid").read_text()))


def test_run_kills_what_takes_too_long_to_say_something() -> None:
    with pytest.raises(ProgramSlow):
        SHELL.run(["sleep", "60"], seconds=0.3, on_bytes=lambda _piece: None)


def test_run_feeds_pieces_that_are_made_meanwhile() -> None:
    pieces = (b"x" * 100_000 for _ in range(5))
    assert SHELL.run(["wc", "-c"], seconds=30, stdin=pieces).out.split() == ["500000"]


def test_run_ends_the_program_when_a_piece_cannot_be_made(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"begun\n"
        raise ValueError("cut off")

    with pytest.raises(ValueError, match="cut off"):
        SHELL.run(["sh", "-c", f"cat; echo whole > {tmp_path}/whole"], seconds=30, stdin=pieces())
    assert not (tmp_path / "whole").exists()


def test_run_takes_no_more_pieces_than_the_program_reads() -> None:
    made = 0

    def pieces() -> Iterator[bytes]:
        nonlocal made
        while True:
            made += 1
            yield b"x" * 100_000

    assert SHELL.run(["head", "-c", "10"], seconds=30, stdin=pieces()).out == "x" * 10
    assert made < 10


def test_run_adds_to_the_environment() -> None:
    done = SHELL.run(["sh", "-c", "echo $GIVEN $MORE"], seconds=30, environment={"MORE": "two"})
    assert done.out == "one two\n"


def test_run_lets_every_line_be_heard() -> None:
    heard: list[str] = []
    SHELL.run(["sh", "-c", "echo one; echo two >&2"], seconds=30, on_line=heard.append)
    assert sorted(heard) == ["one", "two"]


def test_run_kills_what_takes_too_long_with_its_children(tmp_path: Path) -> None:
    program = f"sleep 60 & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(ProgramSlow, match="did not end within"):
        SHELL.run(["sh", "-c", program], seconds=0.3)
    child = int((tmp_path / "pid").read_text())
    assert _gone_soon(child)


def _gone_soon(pid: int) -> bool:
    """The signal was sent; the kernel may need a moment."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 30)[0])
    finally:
        os.close(descriptor)


def test_run_names_a_program_that_is_missing() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program is not installed"):
        SHELL.run(["no-such-program"], seconds=1)


def test_find_looks_beside_this_python() -> None:
    assert ShellCommands({}).find(os.path.basename(sys.executable)) is not None  # noqa: PTH119 – a name, not a path


def test_last_words_prefer_what_was_complained_about() -> None:
    done = SHELL.run(["sh", "-c", "echo fine; echo first >&2; echo second >&2"], seconds=30)
    assert done.last_words() == "second"
    assert done.last_words(2) == "first\nsecond"
