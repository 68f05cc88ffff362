"""Following the chain of the audit log: the first entry that is changed, missing or moved."""

from collections.abc import Iterable
from dataclasses import dataclass

from machiya.access.audit import Entry, Head, hash_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found; ``bad_number`` is the first entry that is changed, missing or moved, None: none is.

    ``entries`` were followed; after a bad one nothing can be said of the others.
    """

    entries: int
    head: Head
    bad_number: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Nothing was found."""
        return self.bad_number is None


def verify(entries: Iterable[Entry], head: Head, expected: Head | None = None) -> Verdict:
    """Follow the chain in the order of numbers.

    Args:
        entries: all of them, by number.
        head: what is kept beside the log.
        expected: a head that was written down earlier, elsewhere; number 0: whichever entry has its hash.
    """
    last, met = Head(), expected is None or expected == Head()
    count = 0
    for entry in entries:
        count += 1
        reason = _fault(entry, last, expected)
        if reason:
            return Verdict(count, head, min(entry.number, last.number + 1), reason)
        last = Head(entry.number, entry.hash)
        met = met or (expected is not None and entry.hash == expected.hash)
    if last.number < head.number:
        return Verdict(count, head, last.number + 1, "it is missing: the log was cut off at its end")
    if last != head:
        return Verdict(count, head, last.number, "the head kept beside the log is another")
    if not met and expected is not None:
        return Verdict(count, head, expected.number or last.number + 1, "no entry has the hash that was kept elsewhere")
    return Verdict(count, head)


def _fault(entry: Entry, last: Head, expected: Head | None) -> str:
    if entry.number > last.number + 1:
        return "it is missing"
    if entry.number != last.number + 1:
        return "its number is out of order"
    if entry.hash != hash_of(entry):
        return "it was changed: its hash does not fit what it says"
    if entry.previous != last.hash:
        return "it does not follow the entry before it"
    if expected is not None and expected.number == entry.number and expected.hash != entry.hash:
        return "it is not the entry that was kept elsewhere"
    return ""
