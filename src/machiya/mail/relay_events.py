"""Taking what the relay posts: signed, fresh, each event once."""

from datetime import UTC, datetime, timedelta

from machiya.core.clock import Clock
from machiya.core.errors import Unauthorized
from machiya.mail.outgoing_ports import OutgoingBook, RelayWebhook

# The relay repeats a post for a day until it is answered, and whether it signs anew is not promised. Replaying one
# changes nothing, because each event is known by its id.
OLDEST = timedelta(hours=26)
AHEAD = timedelta(minutes=5)


def take_events(
    webhook: RelayWebhook, book: OutgoingBook, clock: Clock, *, timestamp: str, signature: str, body: bytes
) -> int:
    """Verify, read and remember; how many events were new.

    Raises:
        Unauthorized: not signed by the relay, or outside the time window (26 hours back, 5 minutes ahead).
        InvalidInput: signed, and not the relay's format.
    """
    now = clock.now()
    if not _fresh(timestamp, now) or not webhook.verify(timestamp, body, signature):
        raise Unauthorized("the post is not signed by the relay", hint="Look at relay.events_public_key.")
    return book.take_relay_events(webhook.read(body), now)


def _fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):  # noqa: PLR2004 – far beyond year 9999
        return False
    try:
        age = now - datetime.fromtimestamp(int(timestamp), tz=UTC)
    except (OverflowError, ValueError, OSError):
        return False
    return -AHEAD <= age <= OLDEST
