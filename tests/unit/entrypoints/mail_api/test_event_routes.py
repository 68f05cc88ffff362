"""``POST /v1/events/sendgrid`` as the street meets it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from fakes.mail_api import FakeDoor
from fakes.outgoing_book import FakeOutgoingBook
from machiya.core.errors import InvalidInput
from machiya.entrypoints.mail_api.event_routes import EVENTS_BYTES, SIGNATURE_HEADER, TIMESTAMP_HEADER, EventDesk
from machiya.mail.outgoing import RelayEvent, RelayEventKind

NOW = datetime(2026, 11, 28, tzinfo=UTC)
PATH = "/v1/events/sendgrid"


class Webhook:
    def __init__(self, door_book: FakeOutgoingBook) -> None:
        self.book = door_book

    def verify(self, _timestamp: str, body: bytes, signature: str) -> bool:
        return signature == f"signed-{len(body)}"

    def read(self, body: bytes) -> tuple[RelayEvent, ...]:
        if body == b"odd":
            raise InvalidInput("odd")
        return (RelayEvent(body.decode(), "m1", "x@example.org", NOW, RelayEventKind.BOUNCED),)


@pytest.fixture
def book() -> FakeOutgoingBook:
    return FakeOutgoingBook()


@pytest.fixture
def door(book: FakeOutgoingBook) -> FakeDoor:
    return FakeDoor({"events": EventDesk(Webhook(book), book), "body_seconds": 0.05})


async def post(door: FakeDoor, body: bytes, signature: str = "") -> int:
    headers = {TIMESTAMP_HEADER: door.timestamp, SIGNATURE_HEADER: signature or f"signed-{len(body)}"}
    return (await door.street.post(PATH, content=body, headers=headers)).status_code


async def test_post_events_takes_signed_events_once(door: FakeDoor, book: FakeOutgoingBook) -> None:
    assert [await post(door, b"e1"), await post(door, b"e1"), await post(door, b"e2")] == [204, 204, 204]
    assert sorted(book.said) == ["e1", "e2"]


async def test_post_events_refuses_a_stranger_and_keeps_nothing(door: FakeDoor, book: FakeOutgoingBook) -> None:
    assert await post(door, b"e1", "forged") == 401
    assert (await door.street.post(PATH, content=b"e1")).status_code == 401
    assert book.said == {}


async def test_post_events_refuses_what_it_cannot_read(door: FakeDoor) -> None:
    assert await post(door, b"odd") == 400


async def test_post_events_takes_no_flood(door: FakeDoor, book: FakeOutgoingBook) -> None:
    assert await post(door, b"x" * (EVENTS_BYTES + 1)) == 400
    assert book.said == {}


async def test_post_events_of_strangers_takes_no_room_from_mail(door: FakeDoor) -> None:
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"e"
        begun.set()
        await asyncio.sleep(30)

    posting = asyncio.ensure_future(door.street.post(PATH, content=slow()))
    await begun.wait()
    assert door.context.budget.used_bytes == 0
    assert (await posting).status_code == 503


async def test_post_events_waits_for_no_body_for_ever(door: FakeDoor) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"e"
        await asyncio.sleep(30)

    answer = await door.street.post(PATH, content=never(), headers={TIMESTAMP_HEADER: door.timestamp})
    assert answer.status_code == 503


async def test_post_events_is_not_there_without_a_key() -> None:
    assert (await FakeDoor().street.post(PATH, content=b"e1")).status_code == 404
