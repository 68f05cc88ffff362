"""``machiya trace``: where is my message?"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import Json, opened

if TYPE_CHECKING:
    from machiya.mail.trace import Journey

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_since(text: str | None, now: datetime) -> datetime | None:
    """``30m``, ``12h``, ``7d``, ``2w`` ago, or a date (``2026-11-23``, midnight UTC).

    Raises:
        InvalidInput: neither.
    """
    if text is None:
        return None
    try:
        if text[-1:] in _UNITS:
            return now - timedelta(**{_UNITS[text[-1]]: float(text[:-1])})
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"--since {text!r} is no time", hint="Write 30m, 12h, 7d, 2w or 2026-11-23.") from error


def trace(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="An address, Message-ID or delivery id; empty: the newest.")] = "",
    since: Annotated[str | None, typer.Option(help="Only since then: 30m, 12h, 7d, or a date.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many journeys, newest first.")] = 10,
    as_json: Json = False,
) -> None:
    """Show the journey of messages: edge, verdict, mailboxes, or why not."""
    from machiya.mail.trace import find_journeys  # noqa: PLC0415 – only when asked

    house = opened(context)
    moment = parse_since(since, house.clock.now())
    journeys = find_journeys(house.trace_reader(), query, since=moment, limit=limit)
    if as_json:
        console.show_json([_as_data(journey) for journey in journeys])
        return
    if not journeys:
        console.note("No delivery yet.")
    for journey in journeys:
        _show(journey)


def _show(journey: "Journey") -> None:
    record = journey.record
    sender = record.sender or "<> (a notice, no sender)"
    console.say(f"{record.delivery_id}  {record.state}", style="bold")
    subject = "not stored" if record.subject is None else record.subject or "(none)"
    facts = [("from", sender), ("to", record.recipient), ("subject", subject)]
    if record.message_id:
        facts.append(("message-id", record.message_id))
    console.show_facts(facts)
    for step in journey.steps:
        console.say(f"  {step.at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {step.text}")
    console.say()


def _as_data(journey: "Journey") -> dict[str, Any]:
    record = journey.record
    return {
        "delivery_id": record.delivery_id,
        "state": str(record.state),
        "reason": record.reason,
        "from": record.sender,
        "to": record.recipient,
        "message_id": record.message_id,
        "subject": record.subject,
        "size_bytes": record.size_bytes,
        "accepted_at": record.accepted_at.isoformat(),
        "attempts": record.attempts,
        "steps": [{"at": step.at.isoformat(), "text": step.text} for step in journey.steps],
    }
