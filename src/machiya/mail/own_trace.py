"""Where is my mail? What the owner of a mailbox sees of journeys: the own ones, and nobody else's part in them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidAddress
from machiya.mail.model import DeliveryRecord, TraceEvent
from machiya.mail.outgoing_ports import OutgoingBook
from machiya.mail.outgoing_trace import OutgoingJourney, find_outgoing
from machiya.mail.ports import TraceReader
from machiya.mail.trace import Journey, tell

SEARCHED = 500


def own_journeys(
    trace: TraceReader,
    mailbox: EmailAddress,
    created_at: datetime,
    *,
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> tuple[Journey, ...]:
    """Journeys to ``mailbox``, newest first; ``text``: a part of sender, recipient or subject, capitals do not count.

    None from before ``created_at``, when the mailbox was made: its address may have been somebody else's. The newest
    500 since then are looked at.
    """
    found: list[Journey] = []
    begin = created_at if since is None else max(since, created_at)
    for record in trace.search(str(mailbox), since=begin, limit=SEARCHED):
        late = until is not None and record.first_seen_at >= until
        if len(found) < limit and not late and _says(record, text) and _is_own(trace, record, mailbox):
            found.append(Journey(record, tell(record, tuple(_own_part(trace, record, mailbox)))))
    return tuple(found)


def own_outgoing(
    book: OutgoingBook, mailbox: EmailAddress, created_at: datetime, *, limit: int = 50
) -> tuple[OutgoingJourney, ...]:
    """What was sent by whoever logged in as ``mailbox`` since it was made (``created_at``), newest first."""
    found = find_outgoing(book, str(mailbox), since=created_at, limit=SEARCHED, as_written=True)
    return tuple(journey for journey in found if journey.message.login == str(mailbox))[:limit]


def _says(record: DeliveryRecord, text: str) -> bool:
    said = (record.sender, record.header_from, record.recipient, record.subject or "")
    return any(text.casefold() in one.casefold() for one in said)


def _is_own(trace: TraceReader, record: DeliveryRecord, mailbox: EmailAddress) -> bool:
    """A message *from* the address is no message *to* it: anybody can write that into an envelope."""
    if any(entry.mailbox == mailbox for entry in trace.entries(record.delivery_id)):
        return True
    try:
        return EmailAddress.parse(record.recipient).untagged == mailbox
    except InvalidAddress:
        return False


def _own_part(trace: TraceReader, record: DeliveryRecord, mailbox: EmailAddress) -> Iterator[TraceEvent]:
    for event in trace.events(record.delivery_id):
        detail: dict[str, Any] = dict(event.detail)
        if detail.get("mailbox", str(mailbox)) != str(mailbox):
            continue
        if "mailboxes" in detail:
            detail["mailboxes"] = [name for name in detail["mailboxes"] if name == str(mailbox)]
            if not detail["mailboxes"]:
                continue
        detail.pop("path", None)  # who else is behind an alias
        if "reason" in detail:
            detail["reason"] = str(detail["reason"]).partition(":")[0]
        yield replace(event, detail=detail)
