"""Reading and verifying the audit log, and recording what has no transaction of its own."""

from machiya.access.audit import AuditNote, Entry, Head, record
from machiya.access.ports import OpenWork
from machiya.access.verifying import Verdict, verify
from machiya.core.clock import Clock

MOST_ENTRIES = 1000


class AuditBook:
    """The audit log of the house."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._clock = clock

    def record(self, note: AuditNote) -> Entry:
        """Append, in a transaction of its own: before an act that has none in this database."""
        with self._open_work() as work:
            entry = record(work.audit, self._clock.now(), note)
            work.commit()
        return entry

    def entries(
        self, limit: int = 100, *, before: int | None = None, actor: str = "", target: str = ""
    ) -> tuple[Entry, ...]:
        """Newest first; ``before`` is the smallest number of the page before."""
        with self._open_work(read_only=True) as work:
            return work.audit.newest(min(limit, MOST_ENTRIES), before=before, actor=actor, target=target)

    def head(self) -> Head:
        """The end of the chain, to be kept elsewhere."""
        with self._open_work(read_only=True) as work:
            return work.audit.head()

    def verify(self, expected: Head | None = None) -> Verdict:
        """Follow the whole chain, as it is at one moment.

        Args:
            expected: a head that was kept elsewhere; it must be in the chain.
        """
        with self._open_work(read_only=True) as work:
            head = work.audit.head()
            return verify(work.audit.every(), head, expected)
