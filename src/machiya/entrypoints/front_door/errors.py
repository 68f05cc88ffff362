"""What the front door met since its last report, for the person who runs the house."""

import contextlib
from dataclasses import dataclass
from typing import Any

import structlog

from machiya.core.clock import Clock, to_wire
from machiya.mail.held import Hold, HoldUnavailable

REMEMBERED = 20
DETAIL_CHARACTERS = 500
_STATE = "errors"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Noted:
    """One kind of trouble, when it was last met."""

    code: str
    detail: str
    at: str

    def as_data(self) -> dict[str, str]:
        """As the report carries it."""
        return {"at": self.at, "code": self.code, "detail": self.detail}


class EdgeErrors:
    """At most 20, each kind once; kept over a restart until a report has carried them home."""

    def __init__(self, hold: Hold, clock: Clock) -> None:
        self._hold, self._clock = hold, clock
        self._noted: dict[tuple[str, str], Noted] = {}
        for data in hold.read_state(_STATE).get("errors", ()):
            self._remember(data)

    def note(self, code: str, detail: str) -> None:
        """Remember it and log it."""
        detail = detail[:DETAIL_CHARACTERS]
        _log.warning("edge.error", code=code, detail=detail)
        self._noted.pop((code, detail), None)
        self._noted[code, detail] = Noted(code, detail, to_wire(self._clock.now()))
        while len(self._noted) > REMEMBERED:
            del self._noted[next(iter(self._noted))]
        self._save()

    def pending(self) -> tuple[Noted, ...]:
        """Not reported yet, oldest first."""
        return tuple(self._noted.values())

    def reported(self, errors: tuple[Noted, ...]) -> None:
        """The house knows these; one met again since then stays."""
        for error in errors:
            if self._noted.get((error.code, error.detail)) == error:
                del self._noted[error.code, error.detail]
        if errors:
            self._save()

    def _remember(self, data: Any) -> None:
        with contextlib.suppress(KeyError, TypeError):
            noted = Noted(str(data["code"]), str(data["detail"]), str(data["at"]))
            self._noted[noted.code, noted.detail] = noted

    def _save(self) -> None:
        # A full disk is no reason to stop delivering, which is what frees it.
        with contextlib.suppress(HoldUnavailable):
            self._hold.write_state(_STATE, {"errors": [noted.as_data() for noted in self._noted.values()]})
