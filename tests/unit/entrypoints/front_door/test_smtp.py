import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.doors import MESSAGE_BYTES, RECIPIENT_KEY, Caller, Doors, until
from machiya.adapters.hold import disk
from machiya.core.recipients import address_hash
from machiya.entrypoints.front_door.reception import RECIPIENTS_LIMIT
from machiya.mail.edge_rules import TableState

BODY = b"Subject: hi\r\n\r\n\x00\xff\x80 bare\nand\rends\r\n"
END = b".\r\n"


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return Doors(tmp_path)


@pytest.fixture
async def caller(doors: Doors) -> AsyncIterator[Caller]:
    caller = Caller(doors.door)
    await caller.greet()
    yield caller
    caller.wire.close()
    await asyncio.sleep(0)


def stored(doors: Doors) -> dict[str, tuple[str, bytes]]:
    """Recipient -> (sender, bytes) of everything held."""
    found = {}
    for delivery_id in doors.hold.held_ids().ids:
        message = doors.hold.held(delivery_id)
        assert message is not None
        with doors.hold.open_body(message) as body:
            found[message.envelope.recipient] = (message.envelope.sender, body.read())
    return found


def know(doors: Doors, **entries: str) -> None:
    table = doors.door.table
    table._entries = {address_hash(RECIPIENT_KEY, f"{name}@example.jp"): kind for name, kind in entries.items()}
    table.state = TableState(complete=True, confirmed_at=doors.clock.now())


async def test_the_banner_says_who_answers(doors: Doors) -> None:
    caller = Caller(doors.door)
    assert await caller.connect() == "220 house.test Machiya front door"
    await caller.leave()


async def test_ehlo_offers_what_the_door_can_do(doors: Doors) -> None:
    caller = Caller(doors.door)
    await caller.connect()
    offered = (await caller.say(b"EHLO client.test")).split("\r\n")
    assert {f"250-SIZE {MESSAGE_BYTES}", "250-8BITMIME", "250-SMTPUTF8", "250-PIPELINING"} <= set(offered)
    assert not any("STARTTLS" in line or "AUTH" in line for line in offered)
    await caller.leave()


async def test_a_message_is_held_byte_for_byte(doors: Doors, caller: Caller) -> None:
    reply = await caller.deliver(BODY + END)
    (delivery_id,) = doors.hold.held_ids().ids
    assert reply == f"250 2.0.0 held as {delivery_id}"
    assert stored(doors) == {"taro@example.jp": ("a@b.example", BODY)}


async def test_each_recipient_gets_an_id_of_their_own(doors: Doors, caller: Caller) -> None:
    reply = await caller.deliver(BODY + END, b"taro@example.jp", b"hanako@example.jp", b"taro+x@example.jp")
    assert reply.endswith(" and 2 more")
    assert len(doors.hold.held_ids().ids) == 3
    assert set(stored(doors)) == {"taro@example.jp", "hanako@example.jp", "taro+x@example.jp"}


async def test_a_recipient_named_twice_gets_one_copy(doors: Doors, caller: Caller) -> None:
    await caller.deliver(BODY + END, b"taro@example.jp", b"TARO@EXAMPLE.jp")
    assert set(stored(doors)) == {"taro@example.jp"}


async def test_the_null_sender_is_empty_in_the_envelope(doors: Doors, caller: Caller) -> None:
    await caller.deliver(BODY + END, sender=b"")
    assert stored(doors)["taro@example.jp"][0] == ""


async def test_unicode_addresses_arrive_as_sent(doors: Doors, caller: Caller) -> None:
    await caller.deliver(BODY + END, "用户@例え.jp".encode(), sender="送信@例え.jp".encode())
    assert stored(doors) == {"用户@例え.jp": ("送信@例え.jp", BODY)}


@pytest.mark.parametrize("path", [b"<\xff\xfe@example.jp>", b"<a\x00b@example.jp>", b"<a b@example.jp>"])
async def test_an_address_that_is_no_text_is_refused(caller: Caller, path: bytes) -> None:
    assert (await caller.say(b"MAIL FROM:" + path)).startswith("553 5.1.3")


async def test_unknown_and_disabled_recipients_are_refused_by_name_of_the_reason(doors: Doors, caller: Caller) -> None:
    know(doors, taro="a", hanako="x")
    await caller.say(b"MAIL FROM:<>")
    assert await caller.say(b"RCPT TO:<nobody@example.jp>") == "550 5.1.1 no such mailbox"
    assert await caller.say(b"RCPT TO:<hanako@example.jp>") == "550 5.2.1 mailbox disabled"
    assert await caller.say(b"DATA") == "503 5.5.1 need RCPT first"
    assert (await caller.say(b"RCPT TO:<taro@example.jp>")).startswith("250 2.1.5")


async def test_without_a_table_everybody_is_accepted(caller: Caller) -> None:
    await caller.say(b"MAIL FROM:<>")
    assert (await caller.say(b"RCPT TO:<nobody@example.jp>")).startswith("250")


async def test_too_many_recipients_are_asked_to_come_again(caller: Caller) -> None:
    await caller.say(b"MAIL FROM:<>")
    for number in range(RECIPIENTS_LIMIT):
        assert (await caller.say(b"RCPT TO:<u%d@example.jp>" % number)).startswith("250")
    assert (await caller.say(b"RCPT TO:<onemore@example.jp>")).startswith("452 4.5.3")


async def test_a_message_of_exactly_the_limit_is_taken_however_many_dots_were_stuffed(
    doors: Doors, caller: Caller
) -> None:
    message = b".\r\n" * (MESSAGE_BYTES // 3 - 1) + b".x\r\n"
    assert len(message) == MESSAGE_BYTES
    reply = await caller.deliver(message.replace(b".", b"..") + END)
    assert reply.startswith("250")
    assert stored(doors)["taro@example.jp"][1] == message


async def test_a_byte_more_than_the_limit_is_refused_and_the_conversation_goes_on(doors: Doors, caller: Caller) -> None:
    reply = await caller.deliver(b"x" * (MESSAGE_BYTES - 1) + b"\r\n" + END)
    assert reply.startswith("552 5.3.4")
    assert str(MESSAGE_BYTES) in reply
    assert stored(doors) == {}
    assert (await caller.deliver(BODY + END)).startswith("250")


async def test_an_announced_size_that_is_too_large_is_refused_before_data(caller: Caller) -> None:
    assert (await caller.say(b"MAIL FROM:<a@b.example> SIZE=%d" % (MESSAGE_BYTES + 1))).startswith("552 5.3.4")
    assert (await caller.say(b"MAIL FROM:<a@b.example> SIZE=%d" % MESSAGE_BYTES)).startswith("250")


async def test_a_line_of_a_hundred_kilobytes_passes_unchanged(tmp_path: Path) -> None:
    doors = Doors(tmp_path, message_bytes=1 << 20)
    caller = Caller(doors.door)
    await caller.greet()
    long_line = b"x" * 100_000 + b"\r\n"
    await caller.deliver(long_line + END)
    assert stored(doors)["taro@example.jp"][1] == long_line
    await caller.leave()


async def test_a_message_in_small_packets_is_the_same_message(doors: Doors, caller: Caller) -> None:
    await caller.say(b"MAIL FROM:<a@b.example>")
    await caller.say(b"RCPT TO:<taro@example.jp>")
    await caller.say(b"DATA")
    for byte in BODY + b"..dot\r\n" + END:
        caller.send(bytes([byte]))
        await asyncio.sleep(0)
    await caller.reply()
    assert stored(doors)["taro@example.jp"][1] == BODY + b".dot\r\n"


async def test_pipelined_commands_after_the_dot_are_answered(doors: Doors, caller: Caller) -> None:
    reply = await caller.deliver(b"one\r\n" + END + b"MAIL FROM:<>\r\nRCPT TO:<hanako@example.jp>\r\nDATA\r\n")
    while "354" not in reply:
        reply += (await caller.reply()).decode()
    caller.send(b"two\r\n" + END)
    await caller.reply()
    assert {recipient: body for recipient, (_, body) in stored(doors).items()} == {
        "taro@example.jp": b"one\r\n",
        "hanako@example.jp": b"two\r\n",
    }


@pytest.mark.parametrize(
    ("number", "reply"), [(errno.ENOSPC, "452 4.3.1"), (errno.EROFS, "451 4.3.0"), (errno.EACCES, "451 4.3.0")]
)
async def test_a_disk_that_refuses_one_recipient_is_told_for_all_and_nothing_is_held(
    doors: Doors, caller: Caller, monkeypatch: pytest.MonkeyPatch, number: int, reply: str
) -> None:
    written: list[Path] = []

    def refusing(path: Path, data: bytes, temporary: Path, *, durable: bool) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(number, os.strerror(number))
        disk.write_whole(path, data, temporary, durable=durable)

    monkeypatch.setattr("machiya.adapters.hold.folder.write_whole", refusing)
    answer = await caller.deliver(BODY + END, b"taro@example.jp", b"hanako@example.jp", b"jiro@example.jp")
    assert answer.startswith(reply)
    assert stored(doors) == {}
    assert not [path for path in doors.hold.root.rglob("*") if path.is_file()]


async def test_a_disk_that_fills_up_during_data_is_told_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = Doors(tmp_path, message_bytes=1 << 22)
    caller = Caller(doors.door)
    await caller.greet()
    real = doors.hold.incoming

    def full(delivery_id: object) -> object:
        body = real(delivery_id)  # type: ignore[arg-type]
        body._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 – the body closes it
        return body

    monkeypatch.setattr(doors.hold, "incoming", full)
    assert (await caller.deliver((b"x" * 998 + b"\r\n") * 2000 + END)).startswith("452 4.3.1")
    assert stored(doors) == {}
    await caller.leave()


async def test_a_connection_that_breaks_during_data_leaves_nothing(doors: Doors) -> None:
    caller = Caller(doors.door)
    await caller.greet()
    await caller.say(b"MAIL FROM:<>")
    await caller.say(b"RCPT TO:<taro@example.jp>")
    await caller.say(b"DATA")
    caller.send(b"half a message\r\n")
    caller.protocol.connection_lost(None)
    await until(lambda: not [path for path in doors.hold.root.rglob("*") if path.is_file()])
    assert doors.door.sessions.open == set()


async def test_one_conversation_too_many_is_asked_to_come_again(tmp_path: Path) -> None:
    doors = Doors(tmp_path, connections=1)
    first, second = Caller(doors.door), Caller(doors.door)
    await first.connect()
    assert (await second.connect()).startswith("421 4.3.2")
    await first.leave()
    third = Caller(doors.door)
    assert (await third.connect()).startswith("220")
    await third.leave()


async def test_a_broken_hook_answers_not_now_and_never_shows_why(
    doors: Doors, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_address: str, _earlier: object) -> tuple[str, bool]:
        raise RuntimeError("secret path /house")

    monkeypatch.setattr(doors.door.reception, "judge", broken)
    await caller.say(b"MAIL FROM:<>")
    reply = await caller.say(b"RCPT TO:<taro@example.jp>")
    assert reply.startswith("451 4.3.0")
    assert "secret" not in reply


async def test_data_waits_for_helo_and_takes_no_argument(doors: Doors) -> None:
    caller = Caller(doors.door)
    await caller.connect()
    assert (await caller.say(b"DATA")).startswith("503")
    await caller.say(b"HELO client.test")
    await caller.say(b"MAIL FROM:<a@b.example>")
    await caller.say(b"RCPT TO:<taro@example.jp>")
    assert (await caller.say(b"DATA now")).startswith("501")
    await caller.leave()


async def test_closing_the_door_waits_for_a_message_that_is_being_taken(doors: Doors) -> None:
    caller = Caller(doors.door)
    await caller.greet()
    await caller.say(b"MAIL FROM:<>")
    await caller.say(b"RCPT TO:<taro@example.jp>")
    await caller.say(b"DATA")
    closing = asyncio.create_task(doors.door.sessions.close(grace_seconds=5))
    await asyncio.sleep(0)
    caller.send(BODY + END)
    await closing
    assert stored(doors)["taro@example.jp"][1] == BODY
    received = bytes(caller.wire.received)
    assert received.startswith(b"250 2.0.0")
    assert received.endswith(b"421 4.3.2 the front door closes\r\n")
