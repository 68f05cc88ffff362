"""What an edge decides: at RCPT, after the house's answer, and in which order it offers (docs/format/edge-protocol.md).

Pure; the front door follows these functions, and tests/vectors/edge-behaviours.json holds the Worker to the same.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId
from machiya.core.recipients import EDGE_ACCEPTS, EDGE_CATCH_ALL, EDGE_REFUSES

TABLE_VALID = timedelta(hours=24)
HOLD_EXPIRED = "hold_expired"
ILL_RUNS_AT_ONE_MESSAGE = 5
_TABLE_TEXT = re.compile(rf"(?:[0-9a-f]{{32}} [{EDGE_ACCEPTS}{EDGE_CATCH_ALL}{EDGE_REFUSES}]\n)*".encode())


class EdgeAction(StrEnum):
    """What the edge does with a message after it was offered."""

    DELETE = "delete"
    LEAVE = "leave"
    BURY = "bury"
    HOUSE_ILL = "house_ill"
    UNAUTHORIZED = "unauthorized"
    UNEXPECTED = "unexpected_status"
    UNPROVEN = "unproven_receipt"

    @property
    def stops_run(self) -> bool:
        """No further message is offered in this run."""
        return self in {EdgeAction.HOUSE_ILL, EdgeAction.UNAUTHORIZED}


_ACTIONS = {
    200: EdgeAction.DELETE,
    201: EdgeAction.DELETE,
    401: EdgeAction.UNAUTHORIZED,
    403: EdgeAction.UNAUTHORIZED,
    408: EdgeAction.HOUSE_ILL,
    409: EdgeAction.LEAVE,
    413: EdgeAction.BURY,
    422: EdgeAction.BURY,
    429: EdgeAction.LEAVE,
}
_SERVER_ERRORS = range(500, 600)


def action_for(status: int | None, *, proven: bool) -> EdgeAction:
    """What follows from the house's HTTP ``status``; ``None``: a timeout, a reset or no connection.

    Without ``proven`` a good status is anybody's: of a proxy's catch-all page, or of another server.
    """
    if status is None or status in _SERVER_ERRORS:
        return EdgeAction.HOUSE_ILL
    action = _ACTIONS.get(status, EdgeAction.UNEXPECTED)
    return EdgeAction.UNPROVEN if action is EdgeAction.DELETE and not proven else action


def backoff_seconds(ill_runs: int, *, first_seconds: float, cap_seconds: float) -> float:
    """How long to skip runs after ``ill_runs`` in a row met an ill house: doubling from ``first``, at most ``cap``."""
    doublings = min(max(ill_runs - 1, 0), 32)
    return min(first_seconds * float(1 << doublings), cap_seconds)


def cursor_passes(action: EdgeAction, ill_runs: int) -> bool:
    """Whether the cursor passes the message that stopped a run; ``ill_runs`` in a row, this one included.

    After an illness it stays, so that the order is kept – but not for ever, or one message that makes the house ill
    would hold up all others. After 401 or 403 it passes at once: a firewall may refuse this one message alone.
    """
    return action is not EdgeAction.HOUSE_ILL or (ill_runs > 0 and ill_runs % ILL_RUNS_AT_ONE_MESSAGE == 0)


def offer_order(held: Sequence[DeliveryId], cursor: str, batch: int) -> tuple[DeliveryId, ...]:
    """At most ``batch`` of the sorted ids, starting after ``cursor`` and wrapping round; each at most once."""
    start = bisect_right(held, cursor)
    return tuple(held[start:][:batch]) + tuple(held[:start][: max(0, batch - (len(held) - start))])


def hold_expired(held_since: datetime, now: datetime, hold_days: int) -> bool:
    """Whether a message held since then has waited too long."""
    return now - held_since > timedelta(days=hold_days)


class RecipientDecision(StrEnum):
    """What the edge answers to a recipient."""

    ACCEPT = "accept"
    UNKNOWN = "no such mailbox"
    DISABLED = "mailbox disabled"


@dataclass(frozen=True, slots=True)
class TableState:
    """What the edge knows of its recipients table; ``confirmed_at``: the last 200 or 304."""

    complete: bool
    confirmed_at: datetime | None

    def usable(self, now: datetime) -> bool:
        """Complete, and confirmed within 24 h."""
        return self.complete and self.confirmed_at is not None and now - self.confirmed_at <= TABLE_VALID


def read_table(text: bytes) -> dict[str, str] | None:
    """Kind by hash; None unless every line is well-formed, whole and in order: half a table would refuse good mail."""
    if not _TABLE_TEXT.fullmatch(text):
        return None
    lines = [line.split(" ") for line in text.decode("ascii").splitlines()]
    in_order = all(before[0] < after[0] for before, after in pairwise(lines))
    return dict(lines) if in_order else None


def decide_recipient(
    address: str, lookup: Callable[[str], str | None], table: TableState, now: datetime
) -> RecipientDecision:
    """Accept or refuse ``address`` (as received); refuses only what is known to be unknown or disabled.

    ``lookup`` gives the kind (``a``, ``x``, ``c``) of a canonical address or ``@domain``, or None; if it fails, the
    recipient is accepted and judged at home.
    """
    if not table.usable(now):
        return RecipientDecision.ACCEPT
    try:
        names = _names(EmailAddress.parse(address))
        kinds = (kind for name in names if (kind := lookup(name)) is not None)
        return _decision(next(kinds, None))
    except Exception:  # noqa: BLE001 – no canonical form, or a broken look-up: judged at home
        return RecipientDecision.ACCEPT


def _names(address: EmailAddress) -> tuple[str, ...]:
    return str(address), str(address.untagged), f"@{address.domain}"


def _decision(kind: str | None) -> RecipientDecision:
    if kind is None:
        return RecipientDecision.UNKNOWN
    return RecipientDecision.DISABLED if kind == EDGE_REFUSES else RecipientDecision.ACCEPT
