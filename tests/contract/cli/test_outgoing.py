"""machiya trace and queue, for mail that leaves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from machiya.bootstrap import House, open_house
from machiya.mail.outgoing import (
    LogPosition,
    OutgoingEvent,
    OutgoingFacts,
    OutgoingKind,
    RelayEvent,
    RelayEventKind,
)
from machiya.mail.outgoing_ports import NotInQueue, QueuedMessage, QueuedRecipient

NOW = datetime.now(tz=UTC)
ID, OTHER = "4dQxYz0abcz2k", "4dQxYz0abcz3k"


@dataclass
class FakeQueue:
    """``MailQueue`` in memory."""

    waiting: list[QueuedMessage] = field(default_factory=list)
    done: list[tuple[str, Any]] = field(default_factory=list)

    def list(self) -> tuple[QueuedMessage, ...]:
        return tuple(self.waiting)

    def headers(self, queue_id: str) -> Mapping[str, str]:
        del queue_id
        return {"subject": "改", "x-other": "y"}

    def retry(self, queue_ids: Sequence[str] | None) -> None:
        self.done.append(("retry", queue_ids))

    def hold(self, queue_id: str) -> None:
        if queue_id != ID:
            raise NotInQueue(f"{queue_id} is not in the queue")
        self.done.append(("hold", queue_id))

    def release(self, queue_id: str) -> None:
        self.done.append(("release", queue_id))

    def delete(self, queue_id: str) -> None:
        self.done.append(("delete", queue_id))


@pytest.fixture
def queue(house: Path, monkeypatch: pytest.MonkeyPatch) -> FakeQueue:
    del house
    to = (QueuedRecipient("x@example.org", "451 later"), QueuedRecipient("y@example.org"))
    made = FakeQueue([QueuedMessage(ID, "deferred", NOW, 812, "you@home.test", to)])
    monkeypatch.setattr(House, "mail_queue", lambda _house: made)
    return made


def sent(house: Path) -> None:
    book = open_house(house).outgoing_book()
    event = OutgoingEvent("k", ID, NOW, OutgoingKind.RELAYED, "x@example.org", {"relay": "r", "text": "250 ok"})
    book.take_log([OutgoingFacts(ID, NOW, "m1@home.test", "you@home.test", event=event)], LogPosition("f", 1))
    later = NOW + timedelta(seconds=9)
    word = RelayEvent("e1", "m1@home.test", "x@example.org", later, RelayEventKind.BOUNCED, "550 no")
    book.take_relay_events([word], NOW)


def test_trace_tells_the_way_out(house: Path, machiya: Any) -> None:
    sent(house)
    shown = machiya("trace", "x@example.org").out
    assert shown.startswith(f"{ID}  out, bounced\n")
    assert "taken over by the relay r for x@example.org: 250 ok" in shown
    assert "bounced: the server of x@example.org refused it: 550 no" in shown
    [data] = json.loads(machiya("trace", ID, "--json").out)
    assert (data["direction"], data["queue_id"], data["state"]) == ("out", ID, "bounced")
    assert len(data["steps"]) == 2


def test_queue_list_tells_what_waits_and_why(queue: FakeQueue, machiya: Any) -> None:
    shown = machiya("queue", "list").out
    for word in (ID, "deferred", "you@home.test", "x@example.org", "451 later"):
        assert word in shown
    [data] = json.loads(machiya("queue", "list", "--json").out)
    assert data["recipients"] == [
        {"to": "x@example.org", "reason": "451 later"},
        {"to": "y@example.org", "reason": ""},
    ]
    queue.waiting.clear()
    assert "Nothing waits" in machiya("queue", "list").err


def test_queue_show_tells_headers_and_reasons(queue: FakeQueue, machiya: Any) -> None:
    del queue
    shown = machiya("queue", "show", ID).out
    assert "x@example.org: 451 later" in shown
    assert "改" in shown
    assert json.loads(machiya("queue", "show", ID, "--json").out)["headers"]["x-other"] == "y"
    assert machiya("queue", "show", OTHER).code == 4


def test_queue_retry_hold_and_release(queue: FakeQueue, machiya: Any) -> None:
    assert machiya("queue", "retry", ID).code == 0
    assert machiya("queue", "retry", "--all").code == 0
    assert machiya("queue", "hold", ID).code == 0
    assert machiya("queue", "release", ID).code == 0
    assert queue.done == [("retry", [ID]), ("retry", None), ("hold", ID), ("release", ID)]
    assert machiya("queue", "hold", OTHER).code == 4
    assert machiya("queue", "retry").code == 2


def test_queue_delete_asks_first(queue: FakeQueue, machiya: Any, type_in: Any) -> None:
    type_in("n")
    assert machiya("queue", "delete", ID).code == 7
    assert queue.done == []
    assert machiya("queue", "delete", ID, "--yes").code == 0
    assert machiya("queue", "delete", OTHER, "--yes").code == 4
    assert queue.done == [("delete", ID)]


def test_embedded_house_says_that_it_has_no_queue(house: Path, machiya: Any) -> None:
    del house
    outcome = machiya("queue", "list")
    assert (outcome.code, "no queue" in outcome.err) == (9, True)
