import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.moving_clock import START
from machiya.adapters.hold import disk
from machiya.adapters.hold.folder import HoldFolder
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.held import HeldMessage, HoldDamaged, HoldFull, HoldUnavailable
from machiya.mail.model import Envelope

BODY = b"Subject: hi\r\n\r\n\x00\xff bare\nand\rends\r\n"


@pytest.fixture
def hold(tmp_path: Path) -> HoldFolder:
    return HoldFolder(tmp_path / "hold")


def keep(hold: HoldFolder, recipients: str = "taro@example.jp", body: bytes = BODY) -> list[DeliveryId]:
    incoming = hold.incoming(new_delivery_id(START))
    incoming.write(body)
    envelopes = [(new_delivery_id(START), Envelope("a@b.example", to, START, len(body))) for to in recipients.split()]
    hold.keep(incoming, envelopes)
    return [delivery_id for delivery_id, _ in envelopes]


def held(hold: HoldFolder, delivery_id: DeliveryId) -> HeldMessage:
    message = hold.held(delivery_id)
    assert message is not None
    return message


def files(hold: HoldFolder) -> set[str]:
    return {str(path.relative_to(hold.root)) for path in hold.root.rglob("*") if path.is_file()}


def test_keep_then_read_gives_the_same_bytes_and_envelope(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    message = held(hold, delivery_id)
    assert message.envelope == Envelope("a@b.example", "taro@example.jp", START, len(BODY))
    assert message.held_since == START
    with hold.open_body(message) as body:
        assert body.read() == BODY
    assert hold.held_ids().ids == (delivery_id,)
    assert hold.receipts(10) == (delivery_id,)


def test_keep_leaves_no_temporary_file(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    assert files(hold) == {f"in/{delivery_id}.eml", f"in/{delivery_id}.json", f"log/{delivery_id}"}


def test_keep_makes_private_files_that_a_mail_program_opens(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    assert (hold.root / "in" / f"{delivery_id}.eml").read_bytes() == BODY
    assert (hold.root / "in").stat().st_mode & 0o077 == 0


def test_keep_for_several_recipients_shares_the_bytes_and_not_the_fate(hold: HoldFolder) -> None:
    first, second = keep(hold, "taro@example.jp hanako@example.jp")
    hold.remove(first)
    with hold.open_body(held(hold, second)) as body:
        assert body.read() == BODY
    assert hold.held(first) is None


def test_keep_copies_where_the_file_system_has_no_links(hold: HoldFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(_self: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    first, second = keep(hold, "taro@example.jp hanako@example.jp")
    for delivery_id in (first, second):
        assert (hold.root / "in" / f"{delivery_id}.eml").read_bytes() == BODY


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_keep_on_a_full_disk_holds_nothing_for_anybody(
    hold: HoldFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fail_on_second_metadata(monkeypatch, number)
    with pytest.raises(HoldFull) as caught:
        keep(hold, "taro@example.jp hanako@example.jp jiro@example.jp")
    assert "Free space" in caught.value.hint
    assert files(hold) == set()


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EROFS, "read-only"), (errno.EACCES, "not writable"), (errno.EIO, "Input/output")]
)
def test_keep_on_a_disk_that_refuses_says_what_to_do(
    hold: HoldFolder, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    fail_on_second_metadata(monkeypatch, number)
    with pytest.raises(HoldUnavailable, match=words) as caught:
        keep(hold, "taro@example.jp hanako@example.jp")
    assert not isinstance(caught.value, HoldFull)
    assert caught.value.hint
    assert files(hold) == set()


def fail_on_second_metadata(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    calls: list[Path] = []

    def refusing(path: Path, data: bytes, temporary: Path, *, durable: bool) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise OSError(number, os.strerror(number))
        disk.write_whole(path, data, temporary, durable=durable)

    monkeypatch.setattr("machiya.adapters.hold.folder.write_whole", refusing)


def test_keep_is_on_disk_in_an_order_that_a_crash_cannot_halve(
    hold: HoldFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    record(monkeypatch, steps)
    keep(hold)
    assert steps == ["fsync body", "link eml", "fsync folder", "fsync metadata", "rename json", "fsync folder"]


def record(monkeypatch: pytest.MonkeyPatch, steps: list[str]) -> None:
    real_sync, real_rename, real_link = os.fsync, Path.rename, Path.hardlink_to

    def sync(descriptor: int) -> None:
        suffix = Path(f"/proc/self/fd/{descriptor}").readlink().suffix
        steps.append("fsync " + {".eml": "body", ".json": "metadata"}.get(suffix, "folder"))
        real_sync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        steps.append(f"rename {target.suffix[1:]}")
        return real_rename(self, target)

    def link(self: Path, target: Path) -> None:
        steps.append(f"link {self.suffix[1:]}")
        real_link(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(Path, "hardlink_to", link)


def test_remove_twice_is_no_error(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    hold.remove(delivery_id)
    hold.remove(delivery_id)
    assert hold.held_ids().ids == ()
    assert files(hold) == {f"log/{delivery_id}"}


def test_bury_moves_everything_and_says_why(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    hold.bury(held(hold, delivery_id), "unknown_recipient: nobody", START + timedelta(hours=1))
    dead = hold.dead(delivery_id)
    assert dead is not None
    assert (dead.reason, dead.died_at) == ("unknown_recipient: nobody", START + timedelta(hours=1))
    assert dead.held.envelope.recipient == "taro@example.jp"
    assert (hold.root / "dead" / f"{delivery_id}.eml").read_bytes() == BODY
    assert hold.held(delivery_id) is None
    assert hold.dead_ids().ids == (delivery_id,)


def test_revive_brings_it_back_with_a_new_start(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    hold.bury(held(hold, delivery_id), "hold_expired", START)
    assert hold.revive(delivery_id, START + timedelta(days=20))
    message = held(hold, delivery_id)
    assert message.held_since == START + timedelta(days=20)
    assert message.envelope.accepted_at == START
    with hold.open_body(message) as body:
        assert body.read() == BODY
    assert hold.dead(delivery_id) is None
    assert hold.revive(delivery_id, START), "an order that comes twice is done twice without harm"


def test_revive_of_what_never_died_does_nothing(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    assert not hold.revive(delivery_id, START)
    assert not hold.revive(new_delivery_id(START), START)
    assert held(hold, delivery_id).retried_at is None


def test_discard_dead_deletes_only_the_dead(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    assert not hold.discard_dead(delivery_id)
    hold.bury(held(hold, delivery_id), "refused", START)
    assert hold.discard_dead(delivery_id)
    assert not hold.discard_dead(delivery_id)
    assert files(hold) == {f"log/{delivery_id}"}


def test_held_ids_are_in_order_of_time(hold: HoldFolder) -> None:
    made = [new_delivery_id(START + timedelta(milliseconds=step)) for step in (5, 1, 3)]
    for delivery_id in made:
        incoming = hold.incoming(delivery_id)
        incoming.write(b"x")
        hold.keep(incoming, [(delivery_id, Envelope("", "a@b.example", START, 1))])
    assert hold.held_ids().ids == (made[1], made[2], made[0])


def test_held_ids_name_what_is_not_ours(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    inside = hold.root / "in"
    (inside / ".DS_Store").touch()
    (inside / "notes\n\u3042.txt").touch()
    os.mkfifo(inside / f"{new_delivery_id(START)}.json")
    (inside / f"{new_delivery_id(START)}.json").symlink_to("/etc/passwd")
    listing = hold.held_ids()
    assert listing.ids == (delivery_id,)
    assert len(listing.foreign) == 4
    assert all(name.isascii() and name.isprintable() for name in listing.foreign)


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"[]", b'{"v": 1}', b'{"v": 2}', b"\xff\xfe", b'{"v":1,"envelope":{"v":1},"md5":"x"}', b"[" * 60_000],
)
def test_held_with_broken_metadata_is_named_and_left_alone(hold: HoldFolder, document: bytes) -> None:
    (delivery_id,) = keep(hold)
    path = hold.root / "in" / f"{delivery_id}.json"
    path.write_bytes(document)
    with pytest.raises(HoldDamaged, match=delivery_id):
        hold.held(delivery_id)
    assert path.read_bytes() == document


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"shorter")])
def test_open_body_refuses_a_body_that_is_not_as_it_was(hold: HoldFolder, spoil: Callable[[Path], object]) -> None:
    (delivery_id,) = keep(hold)
    message = held(hold, delivery_id)
    spoil(hold.root / "in" / f"{delivery_id}.eml")
    with pytest.raises(HoldDamaged, match=delivery_id), hold.open_body(message):
        pytest.fail("opened")


def test_recover_after_a_crash_while_taking_sets_the_body_aside(hold: HoldFolder) -> None:
    half = hold.root / "tmp" / f"{new_delivery_id(START)}.eml"
    half.write_bytes(b"half a messa")
    (delivery_id,) = keep(hold)
    (hold.root / "in" / f"{delivery_id}.json").unlink()
    assert hold.recover() == (f"{delivery_id}.eml",)
    assert (hold.root / "orphans" / f"{delivery_id}.eml").read_bytes() == BODY
    assert hold.held_ids().ids == ()
    assert list((hold.root / "tmp").iterdir()) == []


def test_recover_after_a_crash_while_burying_offers_it_once_more(hold: HoldFolder) -> None:
    (delivery_id,) = keep(hold)
    message, spare = held(hold, delivery_id), (hold.root / "in" / f"{delivery_id}.json").read_bytes()
    hold.bury(message, "hold_expired", START)
    (hold.root / "in" / f"{delivery_id}.json").write_bytes(spare)
    (hold.root / "in" / f"{delivery_id}.eml").write_bytes(BODY)
    assert hold.recover() == ()
    assert hold.held_ids().ids == (delivery_id,)
    assert hold.dead_ids().ids == ()


def test_recover_leaves_whole_messages_alone(hold: HoldFolder) -> None:
    ids = keep(hold, "taro@example.jp hanako@example.jp")
    hold.bury(held(hold, ids[0]), "refused", START)
    assert hold.recover() == ()
    assert hold.held_ids().ids == (ids[1],)
    assert hold.dead_ids().ids == (ids[0],)


def test_receipts_are_dropped_when_the_house_knows(hold: HoldFolder) -> None:
    ids = sorted(keep(hold, "taro@example.jp hanako@example.jp"))
    assert hold.receipts(1) == (ids[0],)
    hold.drop_receipts(ids[:1])
    hold.drop_receipts(ids[:1])
    assert hold.receipts(10) == (ids[1],)


@pytest.mark.parametrize("document", [b"", b"{", b"[1]", b"\xff"])
def test_read_state_of_something_broken_is_empty(hold: HoldFolder, document: bytes) -> None:
    hold.write_state("sweep", {"cursor": "x"})
    assert hold.read_state("sweep") == {"cursor": "x"}
    (hold.root / "state" / "sweep.json").write_bytes(document)
    assert hold.read_state("sweep") == {}
    assert hold.read_state("never written") == {}


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "hold").write_text("a file where the folder should be")
    with pytest.raises(HoldUnavailable, match="hold") as caught:
        HoldFolder(tmp_path / "hold")
    assert caught.value.hint
