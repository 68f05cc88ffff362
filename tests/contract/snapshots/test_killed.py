"""kill -9 at any moment: nothing partial is listed, older days are untouched, and the next run succeeds."""

import contextlib
import os
import random
import signal
from pathlib import Path

import pytest

from fakes.snapshots import Dump, Yard, facts, write
from machiya.adapters.snapshots import draft, manifest_file

ROUNDS = 25
FILES = 60
BEAT = 3


def child(yard: Yard, day: int, beats: int) -> None:
    """Tells the pipe at each call that changes the disk."""

    def beaten(name: str) -> None:
        original = getattr(os, name)

        def call(*arguments: object, **named: object) -> object:
            os.write(beats, b".")
            return original(*arguments, **named)

        setattr(os, name, call)

    for name in ("link", "mkdir", "rename", "unlink", "rmdir", "pwrite", "fchmod", "utime", "symlink"):
        beaten(name)
    yard.take(day)


def killed_after(yard: Yard, day: int, calls: int) -> bool:
    """Let a child take a snapshot, kill it after so many changes of the disk; whether it was in the middle."""
    read, beats = os.pipe()
    process = os.fork()
    if not process:
        os.close(read)
        with contextlib.suppress(BaseException):
            child(yard, day, beats)
            os._exit(0)
        os._exit(1)
    os.close(beats)
    with os.fdopen(read, "rb", buffering=0) as pipe:
        seen = 0
        while seen < calls and (got := pipe.read(calls - seen)):
            seen += len(got)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_run_that_was_killed_anywhere_leaves_whole_snapshots_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "sync_file_system", lambda _descriptor: None)
    monkeypatch.setattr(manifest_file, "_PIECE", 500)
    monkeypatch.setattr(manifest_file, "_MOST_WAITING", 500)
    dice = random.Random(20261129)
    yard = Yard(tmp_path, dumpers=(Dump(),))
    for number in range(FILES):
        write(yard.source / f"{number % 7}" / f"{number}", b"%d" % number * 50)
    (yard.source / "3" / "link").symlink_to("../4")
    yard.take(0)
    first = facts(yard.saved(0))
    interrupted = 0
    for round_ in range(1, ROUNDS + 1):
        write(yard.source / "5" / f"more-{round_}", b"more")
        write(yard.source / "6" / "0", b"%d" % round_, 10**18 + round_)
        for _ in range(dice.choice((1, 1, 2))):
            interrupted += killed_after(yard, round_, dice.randint(1, FILES * BEAT))
            for one in yard.disk.snapshots():
                assert yard.problems((one.name.day - yard.snapshot(0).name.day).days) == []
        yard.take(round_)
        assert facts(yard.saved(round_)) == facts(yard.source)
        assert yard.problems(round_) == []
        assert not list(yard.disk_root.glob(".*"))
        yard.retention = type(yard.retention)(daily=1000)
    assert facts(yard.saved(0)) == first
    assert interrupted > ROUNDS // 2, "too few were killed while they ran: the test proves too little"
