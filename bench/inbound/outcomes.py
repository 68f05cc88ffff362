"""Measures become medians, ratios and verdicts on the goals; pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.inbound.plan import Case, Goal


@dataclass(frozen=True, slots=True)
class Measure:
    """One design, one case, one round.

    ``files`` is what was counted in the Maildirs afterwards; ``cpu`` is CPU seconds by process name;
    ``latencies`` is empty where the client does not tell.
    """

    design: str
    case: Case
    round_number: int
    sent: int
    files: int
    seconds: float
    latencies: Sequence[float] = ()
    statuses: dict[str, int] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """A figure counts only if every message sent is a file in a mailbox."""
        return self.files == self.sent

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds

    @property
    def p95_seconds(self) -> float | None:
        """The 95th percentile of the latencies (nearest rank), if there are any."""
        if not self.latencies:
            return None
        return sorted(self.latencies)[math.ceil(len(self.latencies) * 0.95) - 1]

    def document(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "design": self.design,
            "size": self.case.size,
            "connections": self.case.connections,
            "round": self.round_number,
            "sent": self.sent,
            "files": self.files,
            "counts": self.counts,
            "seconds": self.seconds,
            "messages_per_second": self.rate,
            "p95_seconds": self.p95_seconds,
            "statuses": self.statuses,
            "cpu_seconds": self.cpu,
        }


class Outcomes:
    """All measures of a run."""

    def __init__(self, measures: Iterable[Measure] = ()) -> None:
        self.measures = list(measures)

    def of(self, case: Case, design: str) -> list[Measure]:
        """The measures that count, in the order of their rounds."""
        return [one for one in self.measures if one.case == case and one.design == design and one.counts]

    def rate(self, case: Case, design: str) -> float | None:
        """Median messages a second over the rounds; None if no measure counts."""
        rates = [one.rate for one in self.of(case, design)]
        return median(rates) if rates else None

    def p95_seconds(self, case: Case, design: str) -> float | None:
        """Median over the rounds of their 95th percentile."""
        tails = [one.p95_seconds for one in self.of(case, design) if one.p95_seconds is not None]
        return median(tails) if tails else None

    def ratio(self, case: Case, design: str, peer: str) -> float | None:
        """Ratio of the medians of the two rates."""
        ours, theirs = self.rate(case, design), self.rate(case, peer)
        return ours / theirs if ours is not None and theirs is not None else None

    def ratio_range(self, case: Case, design: str, peer: str) -> tuple[float, float] | None:
        """Smallest and largest ratio within one round: how far the machine drifted."""
        theirs = {one.round_number: one.rate for one in self.of(case, peer)}
        ratios = [one.rate / theirs[one.round_number] for one in self.of(case, design) if one.round_number in theirs]
        return (min(ratios), max(ratios)) if ratios else None

    def cpu_ms(self, case: Case, design: str) -> dict[str, float]:
        """CPU milliseconds for each message by process, medians over the rounds."""
        measures = self.of(case, design)
        names = dict.fromkeys(name for one in measures for name in one.cpu)
        return {name: 1000 * median(one.cpu[name] / one.sent for one in measures if name in one.cpu) for name in names}

    def lost(self) -> list[Measure]:
        """Measures that do not count."""
        return [one for one in self.measures if not one.counts]


@dataclass(frozen=True, slots=True)
class GoalVerdict:
    """A goal and what was reached; ``ratio`` is None where a side has no figure."""

    goal: Goal
    ratio: float | None

    @property
    def met(self) -> bool:
        """Reached, and measured at all."""
        return self.ratio is not None and self.ratio >= self.goal.factor


def judge(outcomes: Outcomes, goals: Sequence[Goal], design: str) -> list[GoalVerdict]:
    """Each goal with what ``design`` reached."""
    return [GoalVerdict(goal, outcomes.ratio(goal.case, design, goal.peer)) for goal in goals]
