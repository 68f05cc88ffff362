"""The run: every design in turn, every round, the same messages into the same freshly restored mailboxes."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from bench.inbound.cgroups import grown
from bench.inbound.designs import Design, Raw
from bench.inbound.outcomes import Measure, Outcomes
from bench.inbound.plan import Case, Step, interleaved

WARM_UP_MESSAGES = 32


class Store(Protocol):
    """Where the messages end: mailboxes that can be put back, and the daemons whose work is counted."""

    def fresh(self) -> None:
        """Put the mailboxes back to their warmed state."""

    def delivered(self) -> int:
        """Message files that came since then."""

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far, by daemon."""


def run_steps(steps: Sequence[Step], designs: Mapping[str, Design], store: Store) -> Outcomes:
    """All steps; a line of progress for each measure on standard error."""
    outcomes = Outcomes()
    for step in steps:
        for round_number, name in interleaved(step, tuple(designs)):
            one = measure(name, designs[name], step.case, step.messages, round_number, store)
            outcomes.measures.append(one)
            _tell(one)
    return outcomes


def warm_up(designs: Mapping[str, Design]) -> None:
    """A few messages through each design, not counted: imports, pools and Dovecot's processes are there afterwards."""
    case = Case("4kB", 16)
    for design in designs.values():
        design.prepare(case, WARM_UP_MESSAGES)
        design.go(case, WARM_UP_MESSAGES)


def measure(name: str, design: Design, case: Case, messages: int, round_number: int, store: Store) -> Measure:
    """Restore the mailboxes, send, count the files."""
    design.prepare(case, messages)
    store.fresh()
    before = store.cpu()
    raw = design.go(case, messages)
    cpu = grown(before, store.cpu())
    return _measure(name, case, messages, round_number, raw, files=store.delivered(), cpu=cpu)


def _measure(
    name: str, case: Case, messages: int, round_number: int, raw: Raw, *, files: int, cpu: dict[str, float]
) -> Measure:
    return Measure(
        design=name,
        case=case,
        round_number=round_number,
        sent=messages,
        files=files,
        seconds=raw.seconds,
        latencies=raw.latencies,
        statuses=raw.statuses,
        cpu={**cpu, **raw.cpu},
    )


def _tell(one: Measure) -> None:
    remark = "" if one.counts else f"  DOES NOT COUNT: {one.sent} sent, {one.files} files, answers {one.statuses}"
    line = (
        f"{time.strftime('%H:%M:%S')}  {one.case!s:10} round {one.round_number}  {one.design:16} {one.rate:7.0f} msg/s"
    )
    print(line + remark, file=sys.stderr, flush=True)
