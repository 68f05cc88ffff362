"""Which snapshots are kept: so many days, so many weeks, and never less than the last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from machiya.backup.model import Rota, SnapshotName


@dataclass(frozen=True, slots=True)
class Retention:
    """How many of each rota stay; at least one."""

    daily: int = 7
    weekly: int = 4

    def superfluous(self, names: Iterable[SnapshotName], made: SnapshotName) -> tuple[SnapshotName, ...]:
        """Those to be deleted after ``made`` was finished, oldest first.

        Neither ``made`` nor one with a later day is: a clock that was wrong once must not push out what is good.
        """
        known = set(names)
        return tuple(sorted(one for rota in Rota for one in self._beyond(rota, known, made.day) if one != made))

    def _beyond(self, rota: Rota, names: set[SnapshotName], today: date) -> list[SnapshotName]:
        kept = self.daily if rota is Rota.DAILY else self.weekly
        past = sorted((one for one in names if one.rota is rota and one.day <= today), reverse=True)
        return past[max(kept, 1) :]
