"""Time as a port, so that tests own it. All times are aware and in UTC."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present moment, aware, UTC, microseconds."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, UTC, microseconds."""
        return datetime.now(tz=UTC)


def to_wire(moment: datetime) -> str:
    """``2026-11-23T10:00:00.123Z``: RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_wire(text: str) -> datetime:
    """Read RFC 3339 text; a time without an offset is refused.

    Raises:
        ValueError: not a time, without an offset, or outside the years 1 to 9999 in UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"a time without an offset: {text!r}"
        raise ValueError(msg)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = f"a time outside the calendar: {text!r}"
        raise ValueError(msg) from error
