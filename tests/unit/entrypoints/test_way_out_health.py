from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from fakes.moving_clock import MovingClock
from machiya.entrypoints.way_out_health import look_at_way_out
from machiya.mail.outgoing_ports import QueuedMessage, QueuedRecipient
from machiya.settings import Settings

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def house(*messages: QueuedMessage, password: str = "hush") -> Any:
    settings = Settings.model_validate({"secrets": {"relay_password": password}})
    queue = SimpleNamespace(list=lambda: messages)
    return SimpleNamespace(mail_queue=lambda: queue, settings=settings, clock=MovingClock(NOW))


def test_look_at_way_out_tells_that_nothing_waits() -> None:
    assert look_at_way_out(house()) == ([("mail out", "nothing waits, relay smtp.sendgrid.net")], [])


def test_look_at_way_out_tells_of_a_missing_password() -> None:
    [(_, told)], problems = look_at_way_out(house(password=""))
    assert told.endswith("relay smtp.sendgrid.net without a password (machiya secret set relay_password)")
    assert problems == []


def test_look_at_way_out_tells_what_has_waited_too_long() -> None:
    to = (QueuedRecipient("x@example.org", "535 authentication failed"),)
    late = QueuedMessage("4dQ1", "deferred", NOW - timedelta(hours=3), 812, "you@home.test", to)
    _, (problem,) = look_at_way_out(house(late))
    assert "up to 3 h: 535 authentication failed" in problem
