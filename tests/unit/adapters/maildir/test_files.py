"""The mail behind a mailbox."""

from datetime import timedelta
from pathlib import Path

import pytest

from fakes.clock import FakeClock
from fakes.deliveries import HANAKO, TARO
from machiya.accounts.ports import MailboxFiles
from machiya.adapters.maildir.files import MaildirFiles
from machiya.adapters.maildir.layout import maildir_of
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Refused, Unavailable


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "bulk" / "mail"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def files(root: Path) -> MailboxFiles:
    return MaildirFiles(root, FakeClock())


def put(root: Path, address: EmailAddress, *names: str) -> None:
    for name in names:
        file = maildir_of(root, address) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"mail")


def test_usage_and_count_cover_all_folders(files: MailboxFiles, root: Path) -> None:
    put(root, TARO, "new/1.a,S=10", "cur/2.b:2,S", ".Sent/cur/3.c,S=5")
    assert files.usage_bytes(TARO) == 19
    assert files.message_count(TARO) == 3


def test_usage_and_count_of_nothing_are_zero(files: MailboxFiles) -> None:
    assert (files.usage_bytes(TARO), files.message_count(TARO)) == (0, 0)


def test_retire_moves_everything_aside(files: MailboxFiles, root: Path) -> None:
    put(root, TARO, "new/1.a", ".Sent/cur/2.b")
    put(root, HANAKO, "new/3.c")
    moved = files.retire(TARO)
    assert moved == root.parent / "removed" / "taro@home.test-20261123T100000Z"
    assert sorted(path.name for path in Path(moved).rglob("*") if path.is_file()) == ["1.a", "2.b"]
    assert files.message_count(TARO) == 0
    assert files.message_count(HANAKO) == 1


def test_retire_twice_in_a_second_keeps_both(files: MailboxFiles, root: Path) -> None:
    put(root, TARO, "new/1.a")
    first = files.retire(TARO)
    put(root, TARO, "new/2.b")
    second = files.retire(TARO)
    assert first is not None
    assert str(second) == f"{first}-2"
    assert (Path(first) / "Maildir/new/1.a").exists()


def test_retired_since_finds_what_was_moved_from_that_second_on_and_nobody_elses(root: Path) -> None:
    clock = FakeClock()
    files = MaildirFiles(root, clock)
    assert files.retired_since(TARO, clock.now()) == ()
    moved = []
    for _ in range(11):
        put(root, TARO, "new/1.a")
        moved.append(files.retire(TARO))
    clock.move(minutes=1)
    put(root, TARO, "new/2.b")
    put(root, HANAKO, "new/3.c")
    put(root, EmailAddress("taro@home.test-20991231T000000Z", TARO.domain), "new/4.d")
    last = files.retire(TARO)
    for other in (HANAKO, EmailAddress("taro@home.test-20991231T000000Z", TARO.domain)):
        files.retire(other)
    assert files.retired_since(TARO, clock.now() + timedelta(microseconds=1)) == (last,)
    assert files.retired_since(TARO, clock.now() - timedelta(minutes=1)) == (*moved, last)
    assert files.retired_since(TARO, clock.now() + timedelta(seconds=1)) == ()


def test_retired_since_that_cannot_look_says_so(files: MailboxFiles, root: Path) -> None:
    (root.parent / "removed").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot read"):
        files.retired_since(TARO, FakeClock().now())


def test_retire_of_nothing_is_none(files: MailboxFiles) -> None:
    assert files.retire(TARO) is None


def test_mail_whose_disk_is_away_is_not_taken_for_none(files: MailboxFiles, root: Path) -> None:
    files.require_movable()
    put(root, TARO, "new/1.a")
    root.parent.rename(root.parent.with_name("away"))
    with pytest.raises(Refused, match="is missing") as told:
        files.require_movable()
    assert "mounted" in told.value.hint
    with pytest.raises(Unavailable, match="is missing"):
        files.retire(TARO)
    root.parent.with_name("away").rename(root.parent)
    assert files.message_count(TARO) == 1


def test_retire_fits_the_longest_address_into_a_file_name(files: MailboxFiles, root: Path) -> None:
    longest = EmailAddress("太" * 21, DomainName(".".join(["d" * 60] * 3)))
    put(root, longest, "new/1.a")
    moved = files.retire(longest)
    assert moved is not None
    assert len(moved.name) < 255


def test_retire_that_cannot_says_so_and_leaves_the_mail(files: MailboxFiles, root: Path) -> None:
    put(root, TARO, "new/1.a")
    (root.parent / "removed").write_text("in the way")
    with pytest.raises(Unavailable, match=r"cannot move .*taro aside"):
        files.retire(TARO)
    assert files.message_count(TARO) == 1
