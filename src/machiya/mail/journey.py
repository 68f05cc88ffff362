"""The events of a message's journey, as the trace shows them."""

from collections.abc import Mapping

from machiya.core.addresses import EmailAddress
from machiya.core.recipients import Resolution
from machiya.mail.model import DeliveryRecord, DeliveryState, StoreOutcome, StoreStatus, TraceEvent, Verdict

_KINDS = {
    StoreStatus.STORED: "mailbox.stored",
    StoreStatus.QUARANTINED: "mailbox.quarantined",
    StoreStatus.TEMPORARY: "mailbox.deferred",
    StoreStatus.OVER_QUOTA: "mailbox.over_quota",
    StoreStatus.PERMANENT: "mailbox.refused",
}


def noteworthy(before: DeliveryRecord, reason: str) -> bool:
    """Whether an attempt that ended with ``reason`` (``code`` or ``code: detail``) says something new.

    A message that is refused every minute for two weeks must not fill the trace: the same code is written again
    only at attempts 2, 4, 8, 16 …, however its detail (a session, a count of bytes) may differ each time.
    """
    return _code(before.reason) != _code(reason) or before.attempts & (before.attempts - 1) == 0


def _code(reason: str) -> str:
    return reason.partition(":")[0]


def settled(
    record: DeliveryRecord, resolution: Resolution, verdict: Verdict, outcomes: Mapping[EmailAddress, StoreOutcome]
) -> tuple[TraceEvent, ...]:
    """An attempt that reached the store."""
    verdict_detail = {"action": str(verdict.action), "reasons": list(verdict.reasons), "scanned": verdict.scanned}
    taken = _taken(record, {"path": list(resolution.path), "verdict": verdict_detail})
    return (taken, *(_mailbox(record, mailbox, outcome) for mailbox, outcome in outcomes.items()))


def _mailbox(record: DeliveryRecord, mailbox: EmailAddress, outcome: StoreOutcome) -> TraceEvent:
    detail = {"mailbox": str(mailbox), "detail": outcome.detail}
    return TraceEvent(record.delivery_id, record.updated_at, _KINDS[outcome.status], detail)


def buried(record: DeliveryRecord) -> tuple[TraceEvent, ...]:
    """An attempt that ended in the dead-letter list."""
    return (
        _taken(record, {}),
        TraceEvent(record.delivery_id, record.updated_at, "delivery.dead", {"reason": record.reason}),
    )


def released(record: DeliveryRecord, outcomes: Mapping[EmailAddress, StoreOutcome]) -> tuple[TraceEvent, ...]:
    """The owner let it out of the quarantine; each mailbox says whether it took it."""
    detail = {"mailboxes": [str(mailbox) for mailbox in outcomes]}
    let_out = TraceEvent(record.delivery_id, record.updated_at, "quarantine.released", detail)
    return (let_out, *(_mailbox(record, mailbox, outcome) for mailbox, outcome in outcomes.items()))


def discarded(
    record: DeliveryRecord, found: Mapping[EmailAddress, StoreOutcome], kept_days: int
) -> tuple[TraceEvent, ...]:
    """It was deleted from the quarantine, by its owner or (``kept_days``) because its time was over.

    ``found``: who has it from a release that was cut off.
    """
    reached = released(record, found) if found else ()
    if record.state is not DeliveryState.DISCARDED:
        return reached
    if kept_days:
        over = TraceEvent(record.delivery_id, record.updated_at, "quarantine.expired", {"days": kept_days})
        return (*reached, over)
    return (*reached, TraceEvent(record.delivery_id, record.updated_at, "quarantine.deleted"))


def deferred(record: DeliveryRecord) -> tuple[TraceEvent, ...]:
    """An attempt that met an ill house."""
    ill = TraceEvent(record.delivery_id, record.updated_at, "delivery.deferred", {"reason": record.reason})
    return (_taken(record, {}), ill)


def _taken(record: DeliveryRecord, more: Mapping[str, object]) -> TraceEvent:
    held = (record.updated_at - record.accepted_at).total_seconds()
    detail = {"held_seconds": round(max(held, 0.0), 3), "attempt": record.attempts, **more}
    return TraceEvent(record.delivery_id, record.updated_at, "house.received", detail)
