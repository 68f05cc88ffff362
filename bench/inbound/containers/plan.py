"""What is measured through the containers; pure."""

from bench.inbound.plan import GOAL_CASE, Case, Goal, Step

OURS, PEER = "ours", "Postfix"
OURS_SCANNING, PEER_SCANNING = "ours, scanning", "Postfix + rspamd"
PAIRS = ((OURS, PEER), (OURS_SCANNING, PEER_SCANNING))
DESIGNS = tuple(design for pair in PAIRS for design in pair)
GOALS = {OURS: Goal(GOAL_CASE, PEER, 2.5), OURS_SCANNING: Goal(GOAL_CASE, PEER_SCANNING, 1.5)}
IDLE_GOAL_MB = 450
_OTHERS = (Case("4kB", 1), Case("4kB", 4))


def steps(*, quick: bool) -> tuple[Step, ...]:
    """For each phase: the goal's case in interleaved rounds, one and four connections beside it."""
    goal, others, rounds = (200, 40, 3) if quick else (800, 200, 5)
    beside = tuple(Step(case, others, 1 if quick else 3) for case in _OTHERS)
    return (Step(GOAL_CASE, goal, rounds), *beside)
