"""The milter as Postfix speaks to it, packet by packet, without a socket."""

import asyncio
import struct
from dataclasses import dataclass

import pytest

from fakes.moving_clock import MovingClock
from fakes.stream import FakeWriter
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Unavailable
from machiya.entrypoints.mail_api.postfix.milter import Rules, serve_milter
from machiya.entrypoints.mail_api.postfix.packets import CHANGES, NO_HEADER_REPLY, WANTED
from machiya.mail.redirected import RedirectRules
from machiya.mail.sending_rate import SendingRates
from machiya.mail.submission import SubmissionRules

ALL_STEPS = 0x1FFFFF
OFFER = b"O" + struct.pack("!III", 6, 0x1FF, ALL_STEPS)
LOGIN = b"DM{auth_type}\0PLAIN\0{auth_authen}\0taro@example.jp\0"
SENDER, RECIPIENT, END = b"M<taro@example.jp>\0SIZE=9\0", b"R<x@example.org>\0", b"N"
OWN, FOREIGN = b"LFrom\0Taro <taro@example.jp>\0", b"LFrom\0Boss <boss@example.jp>\0"
GO_ON = b"c"


@dataclass
class Directory:
    ill: bool = False

    def may_send(self, login: EmailAddress, sender: EmailAddress) -> bool:
        if self.ill:
            raise Unavailable("not read yet")
        return login == sender and str(login.domain) == "example.jp"

    def is_own(self, domain: DomainName) -> bool:
        if self.ill:
            raise Unavailable("not read yet")
        return str(domain) == "example.jp"


async def talk(*packets: bytes, ill: bool = False, per_hour: int = 0, raw: bytes = b"") -> list[bytes]:
    """The answers to ``packets``, then to ``raw`` bytes."""
    reader, writer = asyncio.StreamReader(), FakeWriter()
    reader.feed_data(b"".join(struct.pack("!I", len(packet)) + packet for packet in packets) + raw)
    reader.feed_eof()
    rates = SendingRates(MovingClock(), user_per_hour=per_hour, domain_per_hour=0)
    rules = Rules(SubmissionRules(Directory(ill), rates), RedirectRules(Directory(ill)))  # type: ignore[arg-type]
    await serve_milter(rules, reader, writer)  # type: ignore[arg-type]
    assert writer.closed
    return split(writer.written)


def split(written: bytes) -> list[bytes]:
    answers = []
    while written:
        (length,) = struct.unpack_from("!I", written)
        answers.append(written[4 : 4 + length])
        written = written[4 + length :]
    return answers


async def test_own_message_passes() -> None:
    negotiated, *rest = await talk(OFFER, LOGIN, SENDER, RECIPIENT, OWN, END, b"E", b"Q")
    assert struct.unpack("!III", negotiated[1:]) == (6, CHANGES, WANTED)
    assert rest == [GO_ON] * 4


async def test_headers_are_answered_where_the_server_wants_it() -> None:
    offer = b"O" + struct.pack("!III", 6, 0x1FF, ALL_STEPS & ~NO_HEADER_REPLY)
    assert await talk(offer, LOGIN, SENDER, b"LSubject\0x\0", OWN, END) == [
        b"O" + struct.pack("!III", 6, CHANGES, WANTED & ~NO_HEADER_REPLY), *[GO_ON] * 4,
    ]  # fmt: skip


async def test_forged_from_is_refused_at_the_end_of_the_headers() -> None:
    assert (await talk(OFFER, LOGIN, SENDER, RECIPIENT, FOREIGN, END))[-1] == (
        b"y553 5.7.1 From: boss@example.jp is no address of taro@example.jp\0"
    )


async def test_forged_sender_is_refused_at_once() -> None:
    answer = (await talk(OFFER, LOGIN, b"M<50%off@example.jp>\0"))[-1]
    assert answer == b"y553 5.7.1 MAIL FROM:<50%%off@example.jp> is no address of taro@example.jp\0"


async def test_message_without_a_log_in_is_refused() -> None:
    assert (await talk(OFFER, SENDER))[-1].startswith(b"y530 5.7.0")


async def test_too_many_recipients_must_wait() -> None:
    assert (await talk(OFFER, LOGIN, SENDER, RECIPIENT, RECIPIENT, per_hour=1))[-1].startswith(b"y450 4.7.1")


async def test_address_table_not_read_yet_is_no_refusal_for_good() -> None:
    assert (await talk(OFFER, LOGIN, SENDER, ill=True))[-1].startswith(b"y451 4.3.0")


async def test_next_message_of_a_session_begins_with_nothing() -> None:
    answers = await talk(OFFER, LOGIN, SENDER, FOREIGN, END, b"A", LOGIN, SENDER, OWN, END)
    assert answers[-1] == GO_ON
    assert (await talk(OFFER, LOGIN, SENDER, OWN, SENDER, END))[-1].startswith(b"y550")


REDIRECT = b"DM{daemon_name}\0redirect\0"
STRANGER = b"LFrom\0Boss <boss@example.org>\0"
REDIRECTED = b"LX-Sieve-Redirected-From\0taro@example.jp\0"


async def test_what_is_sent_on_to_outside_gets_the_mailboxs_own_from_at_its_end() -> None:
    answers = await talk(OFFER, REDIRECT, SENDER, RECIPIENT, REDIRECTED, STRANGER, STRANGER, END, b"E")
    assert answers[1:] == [
        *[GO_ON] * 3,
        b"m\0\0\0\x02From\0\0",
        b'm\0\0\0\x01From\0"Boss (boss@example.org) via taro@example.jp" <taro@example.jp>\0',
        b"hX-Original-From\0Boss <boss@example.org>\0",
        b"hX-Original-From\0Boss <boss@example.org>\0",
        GO_ON,
    ]


async def test_answers_go_to_the_one_who_wrote_it() -> None:
    answers = await talk(OFFER, REDIRECT, SENDER, RECIPIENT, REDIRECTED, STRANGER, END, b"E")
    assert b"hReply-To\0Boss <boss@example.org>\0" in answers


async def test_vacation_and_mail_that_stays_inside_are_left_alone() -> None:
    vacation = (b"M<>\0", RECIPIENT, OWN, END, b"E")
    inside = (SENDER, b"R<hanako@example.jp>\0", REDIRECTED, STRANGER, END, b"E")
    assert await talk(OFFER, REDIRECT, *vacation, *inside) == [*(await talk(OFFER)), *[GO_ON] * 8]


async def test_next_message_that_is_sent_on_begins_with_nothing() -> None:
    first = (SENDER, RECIPIENT, REDIRECTED, STRANGER, END)
    answers = await talk(OFFER, REDIRECT, *first, b"A", b"M<>\0", RECIPIENT, OWN, END, b"E")
    assert answers[-1] == GO_ON
    assert not any(answer.startswith((b"m", b"h")) for answer in answers)


async def test_sent_on_for_nobody_of_this_house_is_refused() -> None:
    stranger = (b"M<boss@example.org>\0", RECIPIENT, REDIRECTED, STRANGER, END)
    assert (await talk(OFFER, REDIRECT, *stranger))[-1].startswith(b"y553 5.7.1")


async def test_nothing_is_sent_on_unchecked_while_the_table_is_not_read() -> None:
    first = (SENDER, RECIPIENT, REDIRECTED, STRANGER, END)
    assert (await talk(OFFER, REDIRECT, *first, ill=True))[-1].startswith(b"y451 4.3.0")


@pytest.mark.parametrize("raw", [b"\0\0\0\0", b"\xff\xff\xff\xffO", b"GET / HTTP/1.1\r\n", b"\0\0\0\x02O", b"\0\0"])
async def test_what_is_no_milter_is_hung_up_on(raw: bytes) -> None:
    assert await talk(raw=raw) == []
