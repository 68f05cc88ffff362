"""The table of a run as plain text; pure."""

from collections.abc import Sequence

from bench.inbound.outcomes import GoalVerdict, Outcomes
from bench.inbound.plan import DESIGNS, OURS, Case

NOTHING = "–"


def render(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells under a header, first column to the left, the rest to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_cells(row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = (
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return [first, *rest]


def number(value: float | None, digits: int = 0) -> str:
    """A figure or a dash."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def rates(outcomes: Outcomes, cases: Sequence[Case], designs: Sequence[str] = DESIGNS) -> str:
    """Messages a second and p95 in milliseconds for each design."""
    rows = [["msg/s (p95 ms)", *designs]]
    rows += [[str(case), *(_rate(outcomes, case, design) for design in designs)] for case in cases]
    return render(rows)


def _rate(outcomes: Outcomes, case: Case, design: str) -> str:
    tail = outcomes.p95_seconds(case, design)
    return f"{number(outcomes.rate(case, design))} ({number(tail and tail * 1000)})"


def ratios(outcomes: Outcomes, cases: Sequence[Case]) -> str:
    """Ours over each peer: ratio of medians and, in brackets, the smallest and largest within one round."""
    peers = [design for design in DESIGNS if design != OURS]
    rows = [["ours / peer", *peers]]
    rows += [[str(case), *(_ratio(outcomes, case, peer) for peer in peers)] for case in cases]
    return render(rows)


def pairs(outcomes: Outcomes, cases: Sequence[Case], compared: Sequence[tuple[str, str]]) -> str:
    """As ``ratios`` for pairs of a design and its peer."""
    rows = [["", *(f"{ours} / {peer}" for ours, peer in compared)]]
    rows += [[str(case), *(_ratio(outcomes, case, peer, ours) for ours, peer in compared)] for case in cases]
    return render(rows)


def _ratio(outcomes: Outcomes, case: Case, peer: str, ours: str = OURS) -> str:
    spread = outcomes.ratio_range(case, ours, peer)
    inside = f" [{spread[0]:.2f}–{spread[1]:.2f}]" if spread else ""
    return number(outcomes.ratio(case, ours, peer), 2) + inside


def goals(verdicts: Sequence[GoalVerdict]) -> str:
    """One line for each goal."""
    return "\n".join(
        f"{'met   ' if verdict.met else 'MISSED'}  {verdict.goal.case}: ours ≥ {verdict.goal.factor:g} × "
        f"({verdict.goal.peer}), reached {number(verdict.ratio, 2)}"
        for verdict in verdicts
    )


def cpu(outcomes: Outcomes, cases: Sequence[Case], designs: Sequence[str] = DESIGNS) -> str:
    """CPU milliseconds a message, by process."""
    rows = [["CPU ms/message", "process", "ms"]]
    for case in cases:
        for design in designs:
            for process, milliseconds in outcomes.cpu_ms(case, design).items():
                rows.append([f"{case} {design}", process, number(milliseconds, 2)])
    return render(rows)
