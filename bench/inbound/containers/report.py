"""What is printed and saved."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.inbound import table
from bench.inbound.containers import plan
from bench.inbound.containers.memory import idle_megabytes, memory_table
from bench.inbound.outcomes import GoalVerdict, Outcomes, judge
from bench.inbound.plan import Case
from bench.inbound.processes import ROOT

RESULTS = ROOT / "bench" / "results"


def verdicts(outcomes: Outcomes) -> dict[str, GoalVerdict]:
    """Each of our designs with its goal and what it reached."""
    return {ours: judge(outcomes, [goal], ours)[0] for ours, goal in plan.GOALS.items()}


def report(
    outcomes: Outcomes,
    idle: Mapping[str, int],
    loaded: Mapping[str, int],
    cases: Sequence[Case],
    facts: Mapping[str, Any],
) -> None:
    """Print everything; where the time goes at the goal's case, so that a missed goal explains itself."""
    print("\nMedians over interleaved rounds; one Dovecot, 400 warmed mailboxes; every figure counted in files.")
    print(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))
    print(f"\n{table.rates(outcomes, cases, plan.DESIGNS)}")
    print(f"\n{table.pairs(outcomes, cases, plan.PAIRS)}")
    print(f"\n{table.cpu(outcomes, [plan.GOALS[plan.OURS].case], plan.DESIGNS)}")
    print(f"\n{memory_table(idle, loaded)}")
    print(f"\nGoals\n{table.goals(list(verdicts(outcomes).values()))}\n{idle_verdict(idle)}")
    for one in outcomes.lost():
        print(f"DOES NOT COUNT  {one.case} {one.design} round {one.round_number}: {one.sent} sent, {one.files} files")


def idle_verdict(idle: Mapping[str, int]) -> str:
    """The goal for memory."""
    reached = idle_megabytes(idle)
    word = "met   " if reached <= plan.IDLE_GOAL_MB else "MISSED"
    return f"{word}  idle, all containers: ≤ {plan.IDLE_GOAL_MB} MB, reached {reached:.0f} MB"


def save(outcomes: Outcomes, idle: Mapping[str, int], loaded: Mapping[str, int], facts: Mapping[str, Any]) -> Path:
    """Everything as JSON."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    moment = datetime.now(UTC)
    goals = [
        {"design": ours, "peer": one.goal.peer, "factor": one.goal.factor, "ratio": one.ratio, "met": one.met}
        for ours, one in verdicts(outcomes).items()
    ]
    document = {
        "at": moment.isoformat(timespec="seconds"),
        **facts,
        "goals": goals,
        "memory_bytes": {"idle": dict(idle), "most_under_load": dict(loaded)},
        "measures": [one.document() for one in outcomes.measures],
    }
    path = RESULTS / f"containers-{moment:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    return path
