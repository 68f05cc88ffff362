"""The house's side of the edge: taking reports, placing orders, saying how the edge is."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from machiya.core.clock import Clock
from machiya.core.errors import Conflict, NotFound
from machiya.core.identifiers import DeliveryId
from machiya.mail.edge import DeadLetter, EdgeError, EdgeOrder, EdgeReport, EdgeState, OrderAction
from machiya.mail.ports import EdgeBook

ORDERS_AT_ONCE = 20
SILENT_AFTER = timedelta(minutes=30)
SKEW_REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class EdgeStatus:
    """What a person should know: ``problems`` are sentences, each with what to do."""

    state: EdgeState | None
    problems: tuple[str, ...]


def take_report(book: EdgeBook, report: EdgeReport, moment: datetime) -> Sequence[EdgeOrder]:
    """Remember the report; the orders the edge should carry out now (at most 20)."""
    book.take_report(report, moment)
    return book.open_orders()[:ORDERS_AT_ONCE]


def order(book: EdgeBook, action: OrderAction, delivery_id: DeliveryId, clock: Clock) -> EdgeOrder:
    """Ask the edge to retry or discard a dead letter.

    Raises:
        NotFound: the edge has reported no dead letter with this id.
        Conflict: the opposite order for it is still open.
    """
    letter = next((dead for dead in book.dead_letters() if dead.delivery_id == delivery_id), None)
    if letter is None:
        raise NotFound(f"no dead letter {delivery_id}", hint="machiya edge dead list shows what there is.")
    for earlier in book.open_orders():
        if earlier.delivery_id == delivery_id and earlier.action is not action:
            raise Conflict(
                f"there is an open order to {earlier.action} {delivery_id}",
                hint="Wait until the edge has reported it done (its next sweep).",
            )
    placed = EdgeOrder(uuid.uuid4().hex, action, letter.delivery_id)
    book.add_order(placed, clock.now())
    return placed


def edge_status(book: EdgeBook, clock: Clock) -> EdgeStatus:
    """How the edge is, judged from its last report."""
    state = book.state()
    if state is None or state.reported_at is None:
        return EdgeStatus(state, ("The edge has never reported. Is it deployed, and does it have the signing key?",))
    return EdgeStatus(state, tuple(_problems(state, clock.now())))


def _problems(state: EdgeState, now: datetime) -> list[str]:
    problems = []
    silent = now - state.reported_at if state.reported_at else timedelta()
    if silent > SILENT_AFTER:
        problems.append(f"The edge has been silent for {_hours(silent)}. Look at its log and at the tunnel.")
    if state.dead_count:
        problems.append(f"{state.dead_count} dead letters. machiya edge dead list says why.")
    if state.clock_skew_at and now - state.clock_skew_at < SKEW_REMEMBERED:
        problems.append(f"The clocks differ by {state.clock_skew_seconds:+.0f} s. Set this machine's clock (chrony).")
    recent = [error for error in state.errors if now - error.at < SKEW_REMEMBERED and not _is_over(error, state)]
    problems += [
        f"The edge met {error.code} at {error.at.astimezone():%H:%M:%S}: {error.detail}" for error in recent[-3:]
    ]
    return problems


def _is_over(error: EdgeError, state: EdgeState) -> bool:
    """What failed then has worked since."""
    worked = {"report_failed": state.reported_at, "recipients_failed": state.recipients_confirmed_at}.get(error.code)
    return worked is not None and worked > error.at


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f} h"


def find_dead(book: EdgeBook, prefix: str) -> DeadLetter:
    """The one dead letter whose id starts with ``prefix``.

    Raises:
        NotFound: none, or more than one.
    """
    found = [dead for dead in book.dead_letters() if dead.delivery_id.startswith(prefix)]
    if len(found) != 1:
        what = "no dead letter" if not found else f"{len(found)} dead letters"
        raise NotFound(f"{what} with an id starting {prefix!r}", hint="machiya edge dead list shows the ids.")
    return found[0]
