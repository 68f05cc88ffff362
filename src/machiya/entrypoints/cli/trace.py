"""``machiya trace``: where is my message?"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import InvalidInput, NotFound
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import Json, opened

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.mail.outgoing_trace import OutgoingJourney
    from machiya.mail.trace import Journey

_NO_SENDER = "<> (a notice, no sender)"
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
    query: Annotated[
        str, typer.Argument(help="An address, Message-ID, delivery id or queue id; empty: the newest.")
    ] = "",
    since: Annotated[str | None, typer.Option(help="Only since then: 30m, 12h, 7d, or a date.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many journeys, newest first.")] = 10,
    as_json: Json = False,
) -> None:
    """Show the journey of messages, in and out: edge, verdict, mailboxes, relay, or why not."""
    house = opened(context)
    moment = parse_since(since, house.clock.now())
    incoming, outgoing = _found(house, query, moment, limit)
    newest = [(one.record.first_seen_at, one) for one in incoming] + [(o.message.first_seen_at, o) for o in outgoing]
    journeys = [journey for _, journey in sorted(newest, key=lambda pair: pair[0], reverse=True)][:limit]
    if as_json:
        console.show_json([_as_data(journey) for journey in journeys])
        return
    if not journeys:
        console.note("No delivery yet.")
    for journey in journeys:
        _show(journey)


def _found(
    house: "House", query: str, since: datetime | None, limit: int
) -> "tuple[Sequence[Journey], Sequence[OutgoingJourney]]":
    """Both directions; that nothing came in is no error where something went out."""
    from machiya.mail.outgoing_trace import find_outgoing  # noqa: PLC0415 – only when asked
    from machiya.mail.trace import find_journeys  # noqa: PLC0415 – only when asked

    outgoing = find_outgoing(house.outgoing_book(), query, since=since, limit=limit)
    try:
        return find_journeys(house.trace_reader(), query, since=since, limit=limit), outgoing
    except NotFound:
        if outgoing:
            return (), outgoing
        raise


def _show(journey: "Journey | OutgoingJourney") -> None:
    from machiya.mail.trace import Journey  # noqa: PLC0415 – only when asked

    facts = _incoming_facts(journey) if isinstance(journey, Journey) else _outgoing_facts(journey)
    console.show_facts(facts)
    for step in journey.steps:
        console.say(f"  {step.at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {step.text}")
    console.say()


def _incoming_facts(journey: "Journey") -> list[tuple[str, str]]:
    record = journey.record
    console.say(f"{record.delivery_id}  {record.state}", style="bold")
    subject = "not stored" if record.subject is None else record.subject or "(none)"
    facts = [("from", record.sender or _NO_SENDER), ("to", record.recipient), ("subject", subject)]
    return facts + ([("message-id", record.message_id)] if record.message_id else [])


def _outgoing_facts(journey: "OutgoingJourney") -> list[tuple[str, str]]:
    message = journey.message
    console.say(f"{message.queue_id}  out, {journey.state}", style="bold")
    facts = [("from", message.sender or _NO_SENDER)]
    return facts + ([("message-id", message.message_id)] if message.message_id else [])


def _as_data(journey: "Journey | OutgoingJourney") -> dict[str, Any]:
    from machiya.mail.trace import Journey  # noqa: PLC0415 – only when asked

    data = _incoming_data(journey) if isinstance(journey, Journey) else _outgoing_data(journey)
    return data | {"steps": [{"at": step.at.isoformat(), "text": step.text} for step in journey.steps]}


def _outgoing_data(journey: "OutgoingJourney") -> dict[str, Any]:
    message = journey.message
    return {
        "direction": "out",
        "queue_id": message.queue_id,
        "state": journey.state,
        "from": message.sender,
        "login": message.login,
        "message_id": message.message_id,
        "size_bytes": message.size_bytes,
        "first_seen_at": message.first_seen_at.isoformat(),
    }


def _incoming_data(journey: "Journey") -> dict[str, Any]:
    record = journey.record
    return {
        "direction": "in",
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
    }
