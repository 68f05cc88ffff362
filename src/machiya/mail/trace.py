"""Where is my message? The journey of a delivery, told in order and in plain words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from machiya.core.errors import NotFound
from machiya.mail.model import DeliveryRecord, TraceEvent
from machiya.mail.ports import TraceReader


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a journey."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Journey:
    """A delivery and its steps, oldest first."""

    record: DeliveryRecord
    steps: tuple[Step, ...]


def find_journeys(trace: TraceReader, query: str, *, since: datetime | None, limit: int) -> tuple[Journey, ...]:
    """Journeys by delivery id, Message-ID, sender, recipient or mailbox, newest first.

    Raises:
        NotFound: nothing fits.
    """
    wanted = query.strip().strip("<>")
    records = trace.search(wanted, since=since, limit=limit)
    if not records and wanted:
        raise NotFound(
            f"no delivery with {query!r} as address, Message-ID or delivery id",
            hint="It may still be at the edge (machiya edge status), or was refused there: nobody has this address.",
        )
    return tuple(Journey(record, tell(record, trace.events(record.delivery_id))) for record in records)


def tell(record: DeliveryRecord, events: tuple[TraceEvent, ...]) -> tuple[Step, ...]:
    """The steps, starting at the edge."""
    first = Step(record.accepted_at, f"accepted at the edge for {record.recipient} ({record.size_bytes} bytes)")
    return (first, *(Step(event.at, _sentence(event)) for event in events))


def _received(detail: Mapping[str, Any]) -> str:
    attempt = detail.get("attempt", 1)
    times = f", attempt {attempt}" if attempt > 1 else ""
    verdict = detail.get("verdict") or {}
    scan = f"; {_verdict(verdict)}" if verdict else ""
    path = f"; {'; '.join(detail['path'])}" if detail.get("path") else ""
    return f"came home after {detail.get('held_seconds', 0):.1f} s at the edge{times}{path}{scan}"


def _verdict(verdict: Mapping[str, Any]) -> str:
    if not verdict.get("scanned", True):
        return "not scanned"
    reasons = ", ".join(verdict.get("reasons", ()))
    return f"verdict {verdict.get('action', '')}" + (f" ({reasons})" if reasons else "")


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "house.received": _received,
    "mailbox.stored": lambda d: f"stored for {d.get('mailbox')}: {d.get('detail')}",
    "mailbox.quarantined": lambda d: (
        f"set aside for {d.get('mailbox')}: {d.get('detail')}; kept in the quarantine (machiya quarantine list)"
    ),
    "quarantine.released": lambda d: f"released from the quarantine for {', '.join(d.get('mailboxes', ()))}",
    "quarantine.deleted": lambda _: "deleted from the quarantine by hand",
    "quarantine.expired": lambda d: f"deleted after {d.get('days')} days in the quarantine (scanner.quarantine_days)",
    "mailbox.deferred": lambda d: (
        f"not yet for {d.get('mailbox')}: {d.get('detail')}; the edge keeps it and tries again"
    ),
    "mailbox.over_quota": lambda d: f"{d.get('mailbox')} is over its quota: {d.get('detail')}; the edge keeps it",
    "mailbox.refused": lambda d: f"the store refused it for {d.get('mailbox')}: {d.get('detail')}",
    "delivery.dead": lambda d: f"dead letter: {d.get('reason')}; the edge keeps its bytes (machiya edge dead list)",
    "delivery.deferred": lambda d: f"the house was ill ({d.get('reason')}); the edge keeps it and tries again",
}


def _sentence(event: TraceEvent) -> str:
    sentence = _SENTENCES.get(event.kind)
    return sentence(event.detail) if sentence else event.kind
