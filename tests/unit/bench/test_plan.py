from collections import Counter

from bench.inbound.plan import (
    DESIGNS,
    GOAL_CASE,
    MAILBOXES,
    Case,
    Step,
    full_steps,
    interleaved,
    mailbox,
    quick_steps,
    recipients,
)


def test_interleaved_gives_every_design_its_turn_in_each_round() -> None:
    step = Step(Case("4kB", 1), messages=1, rounds=2)
    assert list(interleaved(step, ("A", "B"))) == [(1, "A"), (1, "B"), (2, "A"), (2, "B")]
    assert [design for _, design in interleaved(step)] == [*DESIGNS, *DESIGNS]


def test_full_steps_cover_three_sizes_at_three_concurrencies() -> None:
    cases = [step.case for step in full_steps()]
    assert sorted(cases) == sorted(
        Case(size, connections) for size in ("4kB", "50kB", "5MB") for connections in (1, 4, 16)
    )


def test_quick_steps_measure_the_goals_case_in_several_rounds() -> None:
    rounds = {step.case: step.rounds for step in quick_steps()}
    assert rounds[GOAL_CASE] >= 3


def test_recipients_are_spread_evenly_over_all_mailboxes() -> None:
    spread = Counter(recipients(3 * MAILBOXES))
    assert len(spread) == MAILBOXES
    assert set(spread.values()) == {3}


def test_mailbox_wraps_round() -> None:
    assert mailbox(MAILBOXES + 7) == mailbox(7) == "m007@bench.test"
