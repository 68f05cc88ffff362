import os
import select
import sys
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
