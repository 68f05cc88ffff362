"""The order of steps that makes a file durable."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from machiya.adapters.maildir import writer
from machiya.adapters.maildir.writer import NotConfirmed, prepare, write_message


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    made = tmp_path / "home.test" / "taro" / "Maildir"
    prepare(tmp_path, made)
    return made


def test_prepare_makes_the_three_parts_and_does_it_twice(tmp_path: Path, maildir: Path) -> None:
    prepare(tmp_path, maildir)
    assert sorted(child.name for child in maildir.iterdir()) == ["cur", "new", "tmp"]


def test_prepare_does_not_make_the_root(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        prepare(tmp_path / "unmounted", tmp_path / "unmounted" / "a" / "b" / "Maildir")


def test_write_message_syncs_the_file_then_names_it_then_syncs_the_folder(
    maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, publish = os.fsync, writer._publish

    def spy_fsync(descriptor: int) -> None:
        steps.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().parent.name}")
        fsync(descriptor)

    def spy_publish(temporary: Path, target: Path) -> bool:
        steps.append(f"{temporary.parent.name} to {target.parent.name}")
        return publish(temporary, target)

    monkeypatch.setattr(os, "fsync", spy_fsync)
    monkeypatch.setattr(writer, "_publish", spy_publish)
    write_message(maildir, "1.a", [b"one", b"", b"two\n"])
    assert steps == ["sync tmp", "tmp to new", "sync Maildir"]


def test_write_message_does_not_replace_a_file_of_that_name(maildir: Path) -> None:
    first = write_message(maildir, "1.a", [b"one"])
    again = write_message(maildir, "1.a", [b"two"])
    assert (first.added, again.added) == (True, False)
    assert first.name == again.name == "1.a,S=3,W=3"
    assert (maildir / "new" / first.name).read_bytes() == b"one"


def test_write_message_tells_a_file_that_the_disk_did_not_confirm(
    maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(writer, "sync_folder", fail)
    with pytest.raises(NotConfirmed, match="Input/output error"):
        write_message(maildir, "1.a", [b"one"])
    assert [file.read_bytes() for file in (maildir / "new").iterdir()] == [b"one"]
    assert not list((maildir / "tmp").iterdir())


def test_write_message_that_fails_half_way_leaves_nothing(maildir: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_message(maildir, "1.a", pieces())
    assert not list((maildir / "tmp").iterdir())
    assert not list((maildir / "new").iterdir())
