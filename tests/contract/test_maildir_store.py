"""The Maildir store, as the mail room and a mail program see it."""

import asyncio
import errno
import os
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from corpus.messages import CORPUS, expected_maildir
from corpus.sample import Sample
from fakes.clock import FakeClock
from fakes.deliveries import HANAKO, JIRO, MOMENT, SENDER, TARO, delivery
from machiya.adapters.maildir import writer
from machiya.adapters.maildir.layout import maildir_of
from machiya.adapters.maildir.store import MaildirStore
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import new_delivery_id
from machiya.mail.model import Delivery, StoreStatus
from machiya.mail.ports import StoreOutcomeUnknown, StoreUnavailable

MIB = 1024 * 1024


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "mail"
    folder.mkdir()
    return folder


@pytest.fixture
def quotas() -> dict[EmailAddress, int]:
    return {}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def store(root: Path, quotas: dict[EmailAddress, int], clock: FakeClock) -> AsyncIterator[MaildirStore]:
    made = MaildirStore(root, quota_of=lambda address: quotas.get(address, 0), clock=clock)
    yield made
    await made.close()


def files(root: Path, mailbox: EmailAddress = TARO, part: str = "new") -> list[Path]:
    folder = maildir_of(root, mailbox) / part
    return sorted(folder.iterdir()) if folder.is_dir() else []


def folder_modes(root: Path) -> set[int]:
    return {folder.stat().st_mode & 0o777 for folder in root.rglob("*") if folder.is_dir()}


def stored(one: Delivery, mailbox: EmailAddress = TARO, sender: str = SENDER) -> bytes:
    """What the adapter promises in its module's words."""
    own = f"Return-Path: <{sender}>\nDelivered-To: {mailbox}\n".encode()
    return own + expected_maildir(one.prefix) + expected_maildir(bytes(one.content))


async def test_store_writes_one_file_into_new(store: MaildirStore, root: Path) -> None:
    one = delivery()
    outcomes = await store.store(one, [TARO])
    [file] = files(root)
    assert file.read_bytes() == stored(one)
    assert outcomes[TARO].status is StoreStatus.STORED
    assert outcomes[TARO].detail == f"home.test/taro/Maildir/new/{file.name}"


async def test_store_names_the_file_after_the_delivery_and_its_sizes(store: MaildirStore, root: Path) -> None:
    one = delivery(b"Subject: x\r\n\r\none\ntwo\r\n")
    await store.store(one, [TARO])
    text = stored(one)
    size, virtual = len(text), len(text) + text.count(b"\n")
    mark = one.delivery_id.replace("-", "")
    assert [file.name for file in files(root)] == [f"{int(MOMENT.timestamp())}.{mark}.machiya,S={size},W={virtual}"]


async def test_store_puts_junk_into_the_junk_folder_and_finds_it_there(store: MaildirStore, root: Path) -> None:
    one = replace(delivery(), junk=True)
    outcomes = await store.store(one, [TARO])
    [file] = files(root, part=".Junk/new")
    assert (files(root), file.read_bytes()) == ([], stored(one))
    assert outcomes[TARO].detail == f"home.test/taro/Maildir/.Junk/new/{file.name}"
    assert await store.contains(one.delivery_id, TARO)
    await store.store(delivery(), [TARO])
    assert len(files(root)) == 1


async def test_store_leaves_nothing_in_tmp_and_nothing_for_others_to_read(store: MaildirStore, root: Path) -> None:
    await store.store(delivery(), [TARO])
    assert files(root, part="tmp") == []
    assert files(root)[0].stat().st_mode & 0o777 == 0o600
    assert folder_modes(root) == {0o700}


@pytest.mark.parametrize("sample", CORPUS, ids=lambda sample: sample.name)
async def test_store_keeps_every_octet(store: MaildirStore, root: Path, sample: Sample) -> None:
    one = delivery(sample.content)
    await store.store(one, [TARO])
    [file] = files(root)
    assert file.read_bytes() == stored(one)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_store_takes_any_octets(store: MaildirStore, root: Path, kind: type) -> None:
    one = delivery(kind(b"Subject: x\r\n\r\nabc\r\n"))
    await store.store(one, [TARO])
    assert files(root)[0].read_bytes() == stored(one)


async def test_store_gives_each_mailbox_its_copy_once(store: MaildirStore, root: Path) -> None:
    one = delivery()
    outcomes = await store.store(one, [TARO, HANAKO, TARO])
    assert set(outcomes) == {TARO, HANAKO}
    for mailbox in (TARO, HANAKO):
        assert [file.read_bytes() for file in files(root, mailbox)] == [stored(one, mailbox)]


async def test_store_twice_leaves_one_copy(store: MaildirStore, root: Path) -> None:
    one = delivery()
    for _ in range(2):
        assert (await store.store(one, [TARO]))[TARO].status is StoreStatus.STORED
    assert len(files(root)) == 1


@pytest.mark.parametrize(
    ("sender", "written"),
    [("", ""), ("a@x\r\nBcc: all", ""), ("<>", ""), ("花子@通り.example", "花子@通り.example"), ("a@b", "a@b")],
)
async def test_store_writes_a_safe_return_path(store: MaildirStore, root: Path, sender: str, written: str) -> None:
    one = delivery(sender=sender)
    await store.store(one, [TARO])
    assert files(root)[0].read_bytes() == stored(one, sender=written)


async def test_store_survives_thirty_two_writers(store: MaildirStore, root: Path) -> None:
    deliveries = [delivery(b"Subject: %d\r\n\r\n" % n + bytes([n]) * 5000) for n in range(32)]
    await asyncio.gather(*(store.store(one, [TARO, HANAKO]) for one in deliveries))
    for mailbox in (TARO, HANAKO):
        expected = sorted(stored(one, mailbox) for one in deliveries)
        assert sorted(file.read_bytes() for file in files(root, mailbox)) == expected


async def test_store_of_one_id_by_many_at_once_leaves_one_copy(store: MaildirStore, root: Path) -> None:
    one = delivery()
    await asyncio.gather(*(store.store(one, [TARO]) for _ in range(16)))
    assert len(files(root)) == 1
    assert files(root, part="tmp") == []


async def test_store_of_25_mib_needs_little_memory(store: MaildirStore, root: Path) -> None:
    content = next(sample for sample in CORPUS if sample.name == "size-25-mib").content
    one = delivery(memoryview(content))
    tracemalloc.start()
    await store.store(one, [TARO, HANAKO])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MIB
    assert files(root)[0].stat().st_size > 24 * MIB


async def test_store_makes_the_maildir_again_when_it_went_away(store: MaildirStore, root: Path) -> None:
    await store.store(delivery(), [TARO])
    maildir_of(root, TARO).parent.rename(root / "retired")
    await store.store(delivery(), [TARO])
    assert len(files(root)) == 1


# ---------------------------------------------------------------------------- quota


async def test_store_over_quota_touches_nobody_else(
    store: MaildirStore, root: Path, quotas: dict[EmailAddress, int]
) -> None:
    quotas[TARO] = 100
    outcomes = await store.store(delivery(b"x" * 200), [TARO, HANAKO])
    assert outcomes[TARO].status is StoreStatus.OVER_QUOTA
    assert "100 B" in outcomes[TARO].detail
    assert outcomes[HANAKO].status is StoreStatus.STORED
    assert files(root) == []


async def test_store_counts_what_it_has_stored(store: MaildirStore, quotas: dict[EmailAddress, int]) -> None:
    quotas[TARO] = 5000
    statuses = [(await store.store(delivery(b"x" * 2000), [TARO]))[TARO].status for _ in range(3)]
    assert statuses == [StoreStatus.STORED, StoreStatus.STORED, StoreStatus.OVER_QUOTA]


async def test_store_sees_room_that_was_just_made(
    store: MaildirStore, root: Path, quotas: dict[EmailAddress, int]
) -> None:
    quotas[TARO] = 3000
    await store.store(delivery(b"x" * 2000), [TARO])
    assert (await store.store(delivery(b"x" * 2000), [TARO]))[TARO].status is StoreStatus.OVER_QUOTA
    files(root)[0].unlink()
    assert (await store.store(delivery(b"x" * 2000), [TARO]))[TARO].status is StoreStatus.STORED


async def test_store_that_failed_takes_no_quota(
    store: MaildirStore, quotas: dict[EmailAddress, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas[TARO] = 3000
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _raising(errno.ENOSPC))
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await store.store(delivery(b"x" * 2000), [TARO])
    assert (await store.store(delivery(b"x" * 2000), [TARO]))[TARO].status is StoreStatus.STORED


# ----------------------------------------------------------------------- bad disks


def _raising(number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 – stands for any function of os
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
async def test_store_on_an_ill_disk_is_unavailable_and_leaves_nothing(
    store: MaildirStore, root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    await store.store(delivery(), [TARO])
    monkeypatch.setattr(os, "fsync", _raising(number))
    one = delivery()
    with pytest.raises(StoreUnavailable) as raised:
        await store.store(one, [TARO])
    assert str(maildir_of(root, TARO)) in raised.value.message
    assert os.strerror(number) in raised.value.message
    assert str(root) in raised.value.hint
    monkeypatch.undo()
    assert len(files(root)) == 1
    assert files(root, part="tmp") == []
    assert not await store.contains(one.delivery_id, TARO)


async def test_a_copy_that_the_disk_did_not_confirm_is_neither_doubled_nor_lost(
    store: MaildirStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder's fsync fails after the name was given; somebody reads the message before the next attempt."""
    await store.store(delivery(), [TARO])
    one = delivery()
    with monkeypatch.context() as patched:
        patched.setattr(writer, "sync_folder", _raising(errno.EIO))
        with pytest.raises(StoreOutcomeUnknown, match="did not confirm"):
            await store.store(one, [TARO])
    (new,) = [file for file in files(root) if one.delivery_id.replace("-", "") in file.name]
    new.rename(new.parent.parent / "cur" / f"{new.name}:2,S")
    with monkeypatch.context() as patched:
        patched.setattr("machiya.adapters.maildir.store.sync_folder", _raising(errno.EIO))
        with pytest.raises(StoreUnavailable, match="cannot look into"):
            await store.contains(one.delivery_id, TARO)
    assert await store.contains(one.delivery_id, TARO)
    assert len(files(root)) == len(files(root, part="cur")) == 1


async def test_store_with_the_disk_full_after_the_first_copy_says_which(
    store: MaildirStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = writer._publish

    def full_for_hanako(temporary: Path, target: Path) -> bool:
        if "hanako" in str(target):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return publish(temporary, target)

    monkeypatch.setattr(writer, "_publish", full_for_hanako)
    outcomes = await store.store(delivery(), [TARO, HANAKO])
    assert outcomes[TARO].status is StoreStatus.STORED
    assert outcomes[HANAKO].status is StoreStatus.TEMPORARY
    assert outcomes[HANAKO].detail == f"cannot write to {maildir_of(root, HANAKO)}: No space left on device"


async def test_store_into_a_mailbox_without_rights_is_temporary(
    store: MaildirStore, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.setattr(writer, "_private", _raising(errno.EACCES))
    outcomes = await store.store(delivery(), [TARO])
    assert outcomes[TARO].status is StoreStatus.TEMPORARY
    assert outcomes[TARO].detail == f"cannot write to {maildir_of(root, TARO)}: Permission denied"


async def test_store_does_not_make_the_root(tmp_path: Path, clock: FakeClock) -> None:
    missing = tmp_path / "unmounted"
    store = MaildirStore(missing, quota_of=lambda _: 0, clock=clock)
    with pytest.raises(StoreUnavailable, match="is its disk mounted"):
        await store.store(delivery(), [TARO])
    with pytest.raises(StoreUnavailable):
        await store.contains(new_delivery_id(MOMENT), TARO)
    assert not missing.exists()
    await store.close()


async def test_store_without_hard_links_renames(
    store: MaildirStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "hardlink_to", _raising(errno.EPERM))
    one = delivery()
    for _ in range(2):
        await store.store(one, [TARO])
    assert [file.read_bytes() for file in files(root)] == [stored(one)]
    assert files(root, part="tmp") == []


async def test_store_removes_leftovers_once_a_day(root: Path, clock: FakeClock) -> None:
    seconds = [0.0]
    store = MaildirStore(root, quota_of=lambda _: 0, clock=clock, monotonic=lambda: seconds[0])
    await store.store(delivery(), [TARO])
    leftover = maildir_of(root, TARO) / "tmp" / "left"
    leftover.write_bytes(b"x")
    clock.moment = clock.moment.fromtimestamp(leftover.stat().st_ctime + 40 * 3600, tz=clock.moment.tzinfo)
    await store.store(delivery(), [TARO])
    assert leftover.exists()
    seconds[0] = 90000.0
    await store.store(delivery(), [TARO])
    assert not leftover.exists()
    await store.close()


# ------------------------------------------------------------------------ contains


async def test_contains_is_false_before_and_true_after(store: MaildirStore) -> None:
    one = delivery()
    assert not await store.contains(one.delivery_id, TARO)
    await store.store(one, [TARO])
    assert await store.contains(one.delivery_id, TARO)
    assert not await store.contains(one.delivery_id, JIRO)
    assert not await store.contains(new_delivery_id(MOMENT), TARO)


async def test_contains_finds_it_where_a_mail_program_put_it(store: MaildirStore, root: Path) -> None:
    one = delivery()
    await store.store(one, [TARO])
    [file] = files(root)
    for part in ("tmp", "new", "cur"):
        (maildir_of(root, TARO) / ".Archive.2026" / part).mkdir(parents=True)
    file.rename(maildir_of(root, TARO) / ".Archive.2026" / "cur" / f"{file.name}:2,FS")
    assert await store.contains(one.delivery_id, TARO)


async def test_contains_does_not_count_what_is_only_in_tmp(store: MaildirStore, root: Path) -> None:
    one = delivery()
    await store.store(one, [TARO])
    [file] = files(root)
    file.rename(maildir_of(root, TARO) / "tmp" / file.name)
    assert not await store.contains(one.delivery_id, TARO)


async def test_contains_that_cannot_look_does_not_guess(store: MaildirStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.store(delivery(), [TARO])
    monkeypatch.setattr(os, "listdir", _raising(errno.EACCES))
    with pytest.raises(StoreUnavailable, match="Permission denied"):
        await store.contains(new_delivery_id(MOMENT), TARO)
