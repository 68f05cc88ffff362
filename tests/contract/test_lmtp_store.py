"""The LMTP store against a server that does as told."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from corpus.messages import SMALL
from corpus.sample import Sample
from fakes.deliveries import HANAKO, JIRO, MOMENT, TARO, delivery
from fakes.lmtp_server import ALL, CLOSE, LAX, SILENCE, FakeLmtpServer
from machiya.adapters.dovecot.lmtp.store import LmtpStore
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.model import Delivery, StoreOutcome, StoreStatus
from machiya.mail.ports import StoreOutcomeUnknown, StoreUnavailable

NO_CHUNKING = tuple(name for name in ALL if name != "CHUNKING")
NO_PIPELINING = tuple(name for name in ALL if name != "PIPELINING")
PLAIN = ("ENHANCEDSTATUSCODES",)
UNICODE = EmailAddress.parse("太郎@home.test")
LARGE = b"Subject: large\r\n\r\n" + b"0123456789\r\n" * 50_000


class Locator:
    """Knows one delivery."""

    def __init__(self) -> None:
        self.known: set[tuple[DeliveryId, EmailAddress]] = set()
        self.closed = False

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        return (delivery_id, mailbox) in self.known

    async def close(self) -> None:
        self.closed = True


class Seconds:
    """A clock of seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Room:
    """A store, its server, and what the test may turn."""

    def __init__(self, server: FakeLmtpServer, connections: int, timeout_seconds: float) -> None:
        self.server = server
        self.locator = Locator()
        self.seconds = Seconds()
        self.store = LmtpStore(
            "lmtp.test", 24, connections, timeout_seconds, self.locator,
            hostname="home.test", connector=server.connector, monotonic=self.seconds,
        )  # fmt: skip

    async def put(self, one: Delivery, *mailboxes: EmailAddress) -> Mapping[EmailAddress, StoreOutcome]:
        return await self.store.store(one, mailboxes or (TARO,))

    async def statuses(self, one: Delivery, *mailboxes: EmailAddress) -> list[str]:
        outcomes = await self.put(one, *mailboxes)
        assert list(outcomes) == list(mailboxes)
        return [str(outcome.status) for outcome in outcomes.values()]


@asynccontextmanager
async def room(
    tmp_path: Path, *, connections: int = 4, timeout_seconds: float = 60, **server: object
) -> AsyncIterator[Room]:
    async with FakeLmtpServer(tmp_path / "lmtp", **server) as fake:  # type: ignore[arg-type]
        made = Room(fake, connections, timeout_seconds)
        yield made
        await made.store.close()


def octets(one: Delivery) -> bytes:
    """What goes over the wire; a last CR is doubled for Dovecot's sake."""
    content = bytes(one.content)
    return one.prefix + content + (b"\r" if content.endswith(b"\r") else b"")


# -------------------------------------------------------------------- what is sent


@pytest.mark.parametrize("offers", [ALL, NO_PIPELINING, NO_CHUNKING, PLAIN])
@pytest.mark.parametrize("content", [b"Subject: x\r\n\r\n.small\r\n", LARGE])
async def test_store_delivers_whatever_the_server_offers(
    tmp_path: Path, offers: tuple[str, ...], content: bytes
) -> None:
    async with room(tmp_path, offers=offers) as house:
        one = delivery(content)
        assert await house.statuses(one, TARO, HANAKO) == ["stored", "stored"]
        assert house.server.messages == [octets(one)]


async def test_store_greets_with_the_hostname_and_says_what_rfc_2033_asks(tmp_path: Path) -> None:
    async with room(tmp_path) as house:
        one = delivery(b"x\r\n")
        await house.put(one, TARO, HANAKO)
        assert house.server.commands == [
            "LHLO home.test",
            "MAIL FROM:<stranger@street.example> BODY=8BITMIME",
            "RCPT TO:<taro@home.test>",
            "RCPT TO:<hanako@home.test>",
            f"BDAT {len(octets(one))} LAST",
        ]


@pytest.mark.parametrize("sample", SMALL, ids=lambda sample: sample.name)
async def test_store_with_bdat_carries_every_octet(tmp_path: Path, sample: Sample) -> None:
    async with room(tmp_path) as house:
        one = delivery(sample.content)
        assert await house.statuses(one, TARO) == ["stored"]
        assert house.server.messages == [octets(one)]


@pytest.mark.parametrize(
    "sample", [one for one in SMALL if one.name.startswith(("smuggle", "dot", "bare"))], ids=lambda one: one.name
)
async def test_store_with_data_is_never_read_as_commands(tmp_path: Path, sample: Sample) -> None:
    async with room(tmp_path, offers=PLAIN, end_of_data=LAX) as house:
        assert await house.statuses(delivery(sample.content), TARO) == ["stored"]
        assert [line.split(" ")[0] for line in house.server.commands] == ["LHLO", "MAIL", "RCPT", "DATA"]
        assert len(house.server.messages) == 1


async def test_store_with_data_says_when_the_octets_could_not_be_carried(tmp_path: Path) -> None:
    async with room(tmp_path, offers=PLAIN) as house:
        exact = await house.put(delivery(b"a\r\n.\r\n"))
        inexact = await house.put(delivery(b"a\n.\r\n"))
        assert "exactly" not in exact[TARO].detail
        assert "cannot carry these line ends exactly" in inexact[TARO].detail


@pytest.mark.parametrize(
    ("offers", "sender", "mailbox", "parameters"),
    [
        (ALL, "a@b.example", TARO, "<a@b.example> BODY=8BITMIME"),
        (ALL, "花子@通り.example", TARO, "<花子@通り.example> BODY=8BITMIME SMTPUTF8"),
        (ALL, "a@b.example", UNICODE, "<a@b.example> BODY=8BITMIME SMTPUTF8"),
        (PLAIN, "花子@通り.example", TARO, "<>"),
        (PLAIN, "", TARO, "<>"),
        (ALL, "a@b\r\nRCPT TO:<x@y>", TARO, "<> BODY=8BITMIME"),
        (ALL, "<>", TARO, "<> BODY=8BITMIME"),
        ((*PLAIN, "SIZE"), "a@b.example", TARO, "<a@b.example> SIZE={size}"),
    ],
)
async def test_store_sends_only_parameters_that_are_offered_and_needed(
    tmp_path: Path, offers: tuple[str, ...], sender: str, mailbox: EmailAddress, parameters: str
) -> None:
    async with room(tmp_path, offers=offers) as house:
        one = delivery(b"x\r\n", sender=sender)
        assert await house.statuses(one, mailbox) == ["stored"]
        assert house.server.commands[1] == f"MAIL FROM:{parameters.format(size=len(octets(one)))}"


async def test_store_without_smtputf8_leaves_the_others_alone(tmp_path: Path) -> None:
    async with room(tmp_path, offers=PLAIN) as house:
        outcomes = await house.put(delivery(), TARO, UNICODE)
        assert outcomes[TARO].status is StoreStatus.STORED
        assert outcomes[UNICODE].status is StoreStatus.TEMPORARY
        assert "SMTPUTF8" in outcomes[UNICODE].detail
        assert (await house.put(delivery(), UNICODE))[UNICODE].status is StoreStatus.TEMPORARY


async def test_store_needs_little_memory_for_25_mib(tmp_path: Path) -> None:
    async with room(tmp_path) as house:
        one = delivery(memoryview(bytes(25 * 1024 * 1024)))
        house.server.answers = {"BDAT": CLOSE, "RCPT": "250 2.1.5 OK"}
        tracemalloc.start()
        with pytest.raises((StoreUnavailable, StoreOutcomeUnknown)):
            await asyncio.wait_for(_against_a_sink(tmp_path, one), 60)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 * 1024 * 1024


async def _against_a_sink(tmp_path: Path, one: Delivery) -> None:
    """A server that swallows everything and closes."""

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n250-x\r\n250 CHUNKING\r\n250 mail\r\n250 rcpt\r\n")
        taken = 0
        while taken < len(one.content):
            taken += len(await reader.read(65536))
        writer.close()

    server = await asyncio.start_unix_server(swallow, tmp_path / "sink")
    connector = FakeLmtpServer(tmp_path / "sink").connector
    store = LmtpStore("sink", 24, 1, 60, Locator(), connector=connector)
    try:
        await store.store(one, [TARO])
    finally:
        await store.close()
        server.close()


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_store_works_on_every_event_loop(tmp_path: Path, runner: Callable[[Coroutine[None, None, None]], None]) -> None:
    """The mail API runs on uvloop, whose transports are not asyncio's."""

    async def deliver() -> None:
        for number, offers in enumerate((ALL, PLAIN)):
            (tmp_path / str(number)).mkdir()
            async with room(tmp_path / str(number), offers=offers) as house:
                deliveries = [delivery(b"x\r\n"), delivery(LARGE)]
                for one in deliveries:
                    assert await house.statuses(one, TARO, HANAKO) == ["stored", "stored"]
                assert house.server.messages == [octets(one) for one in deliveries]

    runner(deliver())


# -------------------------------------------------------------- one reply a recipient


@pytest.mark.parametrize("offers", [ALL, NO_PIPELINING, PLAIN])
async def test_store_reads_one_reply_for_each_accepted_recipient(tmp_path: Path, offers: tuple[str, ...]) -> None:
    """The case in which Python's smtplib reports success and then reads a stale reply."""
    answers = {"final hanako@home.test": "552 5.2.2 over quota", "RCPT TO:<jiro@home.test>": "550 5.1.1 unknown"}
    async with room(tmp_path, offers=offers, answers=answers, connections=1) as house:
        for _ in range(2):
            outcomes = await house.put(delivery(), JIRO, TARO, HANAKO)
            assert outcomes == {
                JIRO: StoreOutcome(StoreStatus.PERMANENT, "550 5.1.1 unknown"),
                TARO: StoreOutcome(StoreStatus.STORED, "250 2.0.0 <taro@home.test> saved"),
                HANAKO: StoreOutcome(StoreStatus.OVER_QUOTA, "552 5.2.2 over quota"),
            }
        assert len(house.server.sessions) == 1


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("452 4.2.2 full", "over_quota"),
        ("552 5.2.2 full", "over_quota"),
        ("451 4.3.0 try later", "temporary"),
        ("452 4.3.1 disk full", "temporary"),
        ("421 4.3.2 closing", "temporary"),
        ("550 5.1.1 unknown", "permanent"),
        ("554 5.6.0 bad content", "permanent"),
        ("554 no enhanced code", "permanent"),
        ("503 5.5.1 out of order", "temporary"),
        ("530 5.7.0 log in first", "temporary"),
        ("555 5.5.4 unknown parameter", "temporary"),
        ("250-2.1.5 several\r\n250 2.1.5 lines", "stored"),
    ],
)
@pytest.mark.parametrize("step", ["RCPT", "final"])
async def test_store_maps_replies(tmp_path: Path, reply: str, status: str, step: str) -> None:
    async with room(tmp_path, answers={step: reply}) as house:
        assert await house.statuses(delivery(), TARO) == [status]


async def test_store_reads_replies_that_come_octet_by_octet(tmp_path: Path) -> None:
    answers = {"RCPT TO:<hanako@home.test>": "450-4.2.1 busy\r\n450 4.2.1 later"}
    async with room(tmp_path, byte_by_byte=True, answers=answers) as house:
        assert await house.statuses(delivery(), TARO, HANAKO) == ["stored", "temporary"]


@pytest.mark.parametrize("offers", [ALL, PLAIN])
async def test_store_with_nobody_accepted_goes_on_with_the_next_message(
    tmp_path: Path, offers: tuple[str, ...]
) -> None:
    answers = {"RCPT TO:<jiro@home.test>": "550 5.1.1 unknown"}
    async with room(tmp_path, offers=offers, answers=answers, connections=1) as house:
        assert await house.statuses(delivery(), JIRO) == ["permanent"]
        assert await house.statuses(delivery(), TARO) == ["stored"]
        assert len(house.server.messages) == len(house.server.sessions) == 1


async def test_store_in_no_mailbox_does_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as house:
        assert await house.store.store(delivery(), ()) == {}
        assert house.server.sessions == []


# ------------------------------------------------------------------ refusals before data


@pytest.mark.parametrize("offers", [ALL, NO_PIPELINING, PLAIN])
async def test_store_drops_a_sender_that_the_server_does_not_like(tmp_path: Path, offers: tuple[str, ...]) -> None:
    answers = {"MAIL": ["501 5.5.4 bad sender", "250 2.1.0 OK"]}
    async with room(tmp_path, offers=offers, answers=answers) as house:
        one = delivery()
        assert await house.statuses(one, TARO) == ["stored"]
        assert house.server.messages == [octets(one)]
        assert [line for line in house.server.commands if line.startswith("MAIL")][1].startswith("MAIL FROM:<>")


@pytest.mark.parametrize("reply", ["451 4.3.0 not now", "421 4.3.2 closing", "530 5.7.0 log in first"])
@pytest.mark.parametrize("offers", [ALL, PLAIN])
async def test_store_refused_at_mail_is_unavailable(tmp_path: Path, reply: str, offers: tuple[str, ...]) -> None:
    async with room(tmp_path, offers=offers, answers={"MAIL": reply}) as house:
        with pytest.raises(StoreUnavailable, match=reply[:3]) as raised:
            await house.put(delivery())
        assert not isinstance(raised.value, StoreOutcomeUnknown)
        assert house.server.messages == []


async def test_store_refused_at_data_is_unavailable(tmp_path: Path) -> None:
    async with room(tmp_path, offers=PLAIN, answers={"DATA": ["451 4.3.0 no", "354 go on"]}, connections=1) as house:
        with pytest.raises(StoreUnavailable, match="DATA answered 451"):
            await house.put(delivery())
        assert house.server.messages == []
        assert await house.statuses(delivery(), TARO) == ["stored"]


# ---------------------------------------------------------------------------- losses


@pytest.mark.parametrize("step", ["greeting", "LHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", [CLOSE, "rubbish", "220-never\r\n251 ends"])
async def test_store_lost_before_the_data_is_certainly_not_stored(tmp_path: Path, step: str, fault: str) -> None:
    async with room(tmp_path, offers=PLAIN, answers={step: fault}) as house:
        with pytest.raises(StoreUnavailable) as raised:
            await house.put(delivery())
        assert not isinstance(raised.value, StoreOutcomeUnknown)
        assert house.server.messages == []
        assert "lmtp.test:24" in raised.value.message


@pytest.mark.parametrize("offers", [ALL, PLAIN])
@pytest.mark.parametrize("fault", [CLOSE, "rubbish", "x" * 100_000])
async def test_store_lost_after_the_data_is_unknown(tmp_path: Path, offers: tuple[str, ...], fault: str) -> None:
    async with room(tmp_path, offers=offers, answers={"final hanako@home.test": fault}) as house:
        with pytest.raises(StoreOutcomeUnknown):
            await house.put(delivery(), TARO, HANAKO)
        assert len(house.server.messages) == 1
        assert await house.statuses(delivery(), TARO) == ["stored"]
        assert len(house.server.sessions) == 2


async def test_store_of_a_large_message_lost_half_way_is_certainly_not_stored(tmp_path: Path) -> None:
    async with room(tmp_path, answers={"RCPT": "250 2.1.5 OK\r\n421 4.3.2 going"}, transactions=0) as house:
        with pytest.raises(StoreUnavailable) as raised:
            await house.put(delivery(LARGE))
        assert not isinstance(raised.value, StoreOutcomeUnknown)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("greeting", StoreUnavailable),
        ("RCPT", StoreUnavailable),
        ("DATA", StoreUnavailable),
        ("final", StoreOutcomeUnknown),
    ],
)
async def test_store_does_not_wait_for_ever(tmp_path: Path, step: str, error: type[Exception]) -> None:
    seconds = 1 if step == "final" else 0.2  # an earlier reply that comes too late would be another error
    async with room(tmp_path, offers=PLAIN, answers={step: SILENCE}, timeout_seconds=seconds) as house:
        with pytest.raises(StoreUnavailable, match=r"no answer for|too long") as raised:
            await house.put(delivery())
        assert type(raised.value) is error


async def test_store_flooded_with_replies_gives_up(tmp_path: Path) -> None:
    async with room(tmp_path, offers=PLAIN, answers={"MAIL": "\r\n".join(["250-x"] * 100_000)}) as house:
        with pytest.raises(StoreUnavailable):
            await house.put(delivery())


async def test_store_without_a_server_says_where_it_looked(tmp_path: Path) -> None:
    store = LmtpStore("lmtp.test", 24, 1, 60, Locator(), connector=FakeLmtpServer(tmp_path / "nobody").connector)
    with pytest.raises(StoreUnavailable, match=r"lmtp\.test:24 cannot be used") as raised:
        await store.store(delivery(), [TARO])
    assert "lmtp.port" in raised.value.hint
    await store.close()


# ------------------------------------------------------------------------------ pool


async def test_store_keeps_connections_and_opens_no_more_than_allowed(tmp_path: Path) -> None:
    async with room(tmp_path, connections=3) as house:
        outcomes = await asyncio.gather(*(house.put(delivery()) for _ in range(32)))
        assert all(outcome[TARO].status is StoreStatus.STORED for outcome in outcomes)
        assert len(house.server.messages) == 32
        assert len(house.server.sessions) == house.server.most_open == 3


async def test_store_one_after_the_other_uses_one_connection(tmp_path: Path) -> None:
    async with room(tmp_path) as house:
        for _ in range(5):
            await house.put(delivery())
        assert len(house.server.sessions) == 1


async def test_store_after_the_server_closed_an_idle_connection_opens_a_new_one(tmp_path: Path) -> None:
    async with room(tmp_path, transactions=1) as house:
        for _ in range(3):
            assert await house.statuses(delivery(), TARO) == ["stored"]
            while house.store._pool._idle[0].channel.quiet:  # noqa: ASYNC110 – until the close has arrived here
                await asyncio.sleep(0)
        assert len(house.server.messages) == 3


async def test_store_on_a_stale_connection_tries_once_more_and_delivers_once(tmp_path: Path) -> None:
    """Idle long enough not to be trusted: the envelope goes first, so nothing can have been stored."""
    answers = {"MAIL": ["250 2.1.0 OK", CLOSE, "250 2.1.0 OK"]}
    async with room(tmp_path, answers=answers) as house:
        await house.put(delivery())
        house.seconds.now += 30
        assert await house.statuses(delivery(), TARO) == ["stored"]
        assert len(house.server.messages) == len(house.server.sessions) == 2


async def test_store_that_fails_on_a_new_connection_does_not_try_again(tmp_path: Path) -> None:
    async with room(tmp_path, offers=PLAIN, answers={"MAIL": CLOSE}) as house:
        with pytest.raises(StoreUnavailable):
            await house.put(delivery())
        assert len(house.server.sessions) == 1


async def test_store_does_not_try_again_what_may_have_been_stored(tmp_path: Path) -> None:
    async with room(tmp_path, answers={"final": ["250 2.0.0 saved", CLOSE]}) as house:
        await house.put(delivery())
        with pytest.raises(StoreOutcomeUnknown):
            await house.put(delivery())
        assert len(house.server.messages) == 2


async def test_store_does_not_use_a_connection_that_was_idle_too_long(tmp_path: Path) -> None:
    async with room(tmp_path) as house:
        await house.put(delivery())
        house.seconds.now += 61
        await house.put(delivery())
        assert len(house.server.sessions) == 2


async def test_store_cancelled_in_the_middle_does_not_reuse_the_connection(tmp_path: Path) -> None:
    async with room(tmp_path, answers={"final": [SILENCE, "250 2.0.0 saved"]}, connections=1) as house:
        task = asyncio.create_task(house.put(delivery()))
        while not house.server.messages:  # noqa: ASYNC110 – the server is in this loop; there is no event to wait on
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await house.statuses(delivery(), TARO) == ["stored"]
        assert len(house.server.sessions) == 2


async def test_store_waits_for_a_free_connection_only_so_long(tmp_path: Path) -> None:
    async with room(tmp_path, offers=PLAIN, answers={"RCPT": SILENCE}, connections=1, timeout_seconds=0.3) as house:
        answers = await asyncio.gather(*(house.put(delivery()) for _ in range(4)), return_exceptions=True)
        assert all(type(answer) is StoreUnavailable for answer in answers)


async def test_close_says_goodbye(tmp_path: Path) -> None:
    async with room(tmp_path) as house:
        await house.put(delivery())
        await house.store.close()
        assert house.server.commands[-1] == "QUIT"
        assert house.locator.closed


async def test_contains_asks_the_locator(tmp_path: Path) -> None:
    async with room(tmp_path) as house:
        known = new_delivery_id(MOMENT)
        house.locator.known.add((known, TARO))
        assert await house.store.contains(known, TARO)
        assert not await house.store.contains(known, HANAKO)
