"""What mailboxes take."""

from pathlib import Path

import pytest

from fakes.deliveries import HANAKO, TARO
from machiya.adapters.maildir.usage import QuotaBook, message_sizes


class Seconds:
    """A clock of seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("", ".Sent"):
        for part in ("tmp", "new", "cur"):
            (tmp_path / folder / part).mkdir(parents=True)
    return tmp_path


def put(maildir: Path, name: str, size: int = 0) -> Path:
    (maildir / name).write_bytes(b"x" * size)
    return maildir / name


def test_message_sizes_come_from_names_else_from_files(maildir: Path) -> None:
    put(maildir, "new/1.a,S=100,W=110", 7)
    put(maildir, "cur/2.b,S=20:2,S", 7)
    put(maildir, ".Sent/cur/3.c:2,S", 7)
    put(maildir, "tmp/4.d,S=1000")
    put(maildir, "new/.hidden,S=1000")
    assert sorted(message_sizes(maildir)) == [7, 20, 100]


def test_message_sizes_of_no_maildir_are_none(tmp_path: Path) -> None:
    assert list(message_sizes(tmp_path / "missing")) == []


def test_take_without_quota_never_counts(tmp_path: Path, seconds: Seconds) -> None:
    assert QuotaBook(seconds).take(TARO, tmp_path / "missing", 10**12, 0)


def test_take_lets_in_what_fits_exactly(maildir: Path, seconds: Seconds) -> None:
    put(maildir, "new/1.a,S=60")
    book = QuotaBook(seconds)
    assert not book.take(TARO, maildir, 41, 100)
    assert book.take(TARO, maildir, 40, 100)


def test_take_remembers_what_it_gave(maildir: Path, seconds: Seconds) -> None:
    book = QuotaBook(seconds)
    assert book.take(TARO, maildir, 60, 100)
    put(maildir, "new/1.a,S=60")
    assert not book.take(TARO, maildir, 60, 100)
    assert book.take(HANAKO, maildir.parent / "hanako", 60, 100)


def test_take_recounts_before_it_says_no(maildir: Path, seconds: Seconds) -> None:
    book = QuotaBook(seconds)
    file = put(maildir, "new/1.a,S=90")
    assert not book.take(TARO, maildir, 20, 100)
    file.unlink()
    assert book.take(TARO, maildir, 20, 100)


def test_take_recounts_now_and_then(maildir: Path, seconds: Seconds) -> None:
    book = QuotaBook(seconds, recount_seconds=300)
    assert book.take(TARO, maildir, 10, 100)
    put(maildir, "new/1.a,S=95")
    assert book.take(TARO, maildir, 10, 100)
    seconds.now = 301
    assert not book.take(TARO, maildir, 10, 100)


def test_correct_gives_back(maildir: Path, seconds: Seconds) -> None:
    book = QuotaBook(seconds)
    assert book.take(TARO, maildir, 100, 100)
    book.correct(TARO, -100)
    assert book.take(TARO, maildir, 100, 100)
    book.correct(HANAKO, -5)
