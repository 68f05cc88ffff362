"""How a run tells where it is: rows that others read, seldom enough not to slow it down, and its end when asked."""

from collections.abc import Callable
from datetime import datetime

from machiya.core.clock import Clock
from machiya.core.errors import Unavailable
from machiya.core.progress import Cancelled
from machiya.jobs.model import LogLine, Step
from machiya.jobs.ports import JobBook

EVERY_SECONDS = 0.5
LINES_KEPT = 500

Hears = Callable[[Step, str], None]
"""A step, or a line; the other is empty."""


class RunProgress:
    """``Progress`` of the run ``number``.

    A database that does not answer for a moment does not end the work.

    Args:
        stopping: whether the process that runs it is about to end.
        heard: hears all of it at once, in the same thread.
        monotonic: seconds.
    """

    def __init__(
        self,
        book: JobBook,
        number: int,
        clock: Clock,
        *,
        stopping: Callable[[], bool],
        monotonic: Callable[[], float],
        heard: Hears | None = None,
    ) -> None:
        self._book, self._number, self._clock = book, number, clock
        self._stopping, self._monotonic, self._heard = stopping, monotonic, heard
        self._step, self._told = Step(), float("-inf")
        self._lines = 0
        self.stopped = False
        """Its process ends; nobody cancelled the run itself."""

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """Where the work is.

        Raises:
            Cancelled: stop here.
        """
        before, self._step = self._step, Step(name, done, total, unit)
        if self._heard:
            self._heard(self._step, "")
        if self._stopping():
            self.stopped = True
            raise Cancelled("the agent was stopped", hint="It goes on when the agent runs again.")
        now = self._monotonic()
        if name != before.name or now - self._told >= EVERY_SECONDS:
            self._told = now
            self._tell()

    def line(self, text: str) -> None:
        """One line of its log."""
        self._lines += 1
        if self._heard:
            self._heard(self._step, text)
        self._quietly(lambda: self._book.add_line(self._number, self._line(text, self._clock.now()), LINES_KEPT))

    def flush(self) -> None:
        """The last step, before the end."""
        self._quietly(lambda: self._book.note_step(self._number, self._step))

    def _tell(self) -> None:
        self._quietly(lambda: self._book.note_step(self._number, self._step))
        try:
            asked = self._book.cancel_asked(self._number)
        except Unavailable:
            return
        if asked:
            raise Cancelled("it was cancelled", hint="machiya job run asks for it again.")

    def _line(self, text: str, at: datetime) -> LogLine:
        return LogLine(self._lines, at, text)

    @staticmethod
    def _quietly(write: Callable[[], None]) -> None:
        try:
            write()
        except Unavailable:
            return
