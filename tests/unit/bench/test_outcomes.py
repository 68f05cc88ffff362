from bench.inbound.outcomes import Measure, Outcomes, judge
from bench.inbound.plan import Case, Goal

CASE = Case("4kB", 16)


def measure(design: str, seconds: float, round_number: int = 1, files: int = 100, **more: object) -> Measure:
    return Measure(design, CASE, round_number, sent=100, files=files, seconds=seconds, **more)  # type: ignore[arg-type]


def test_rate_is_the_median_over_the_rounds() -> None:
    outcomes = Outcomes([measure("x", 1.0, 1), measure("x", 10.0, 2), measure("x", 2.0, 3)])
    assert outcomes.rate(CASE, "x") == 50.0


def test_rate_ignores_a_measure_whose_files_are_not_what_was_sent() -> None:
    outcomes = Outcomes([measure("x", 1.0, 1), measure("x", 0.001, 2, files=99), measure("x", 0.001, 3, files=101)])
    assert outcomes.rate(CASE, "x") == 100.0
    assert [one.files for one in outcomes.lost()] == [99, 101]


def test_rate_of_a_design_without_a_measure_that_counts_is_nothing() -> None:
    assert Outcomes([measure("x", 1.0, files=0)]).rate(CASE, "x") is None


def test_ratio_is_that_of_the_medians() -> None:
    outcomes = Outcomes(
        [measure("x", 1.0, 1), measure("y", 2.0, 1), measure("x", 4.0, 2), measure("y", 4.0, 2), measure("x", 2.0, 3)]
    )
    assert outcomes.ratio(CASE, "x", "y") == 50.0 / 37.5


def test_ratio_without_a_peer_is_nothing() -> None:
    assert Outcomes([measure("x", 1.0)]).ratio(CASE, "x", "y") is None


def test_ratio_range_compares_within_a_round_only() -> None:
    outcomes = Outcomes(
        [measure("x", 1.0, 1), measure("y", 3.0, 1), measure("x", 8.0, 2), measure("y", 4.0, 2), measure("x", 1.0, 3)]
    )
    assert outcomes.ratio_range(CASE, "x", "y") == (0.5, 3.0)


def test_p95_is_the_nearest_rank() -> None:
    assert measure("x", 1.0, latencies=[float(value) for value in range(1, 101)]).p95_seconds == 95.0
    assert measure("x", 1.0, latencies=[2.0, 1.0]).p95_seconds == 2.0


def test_p95_of_a_client_that_does_not_tell_is_nothing() -> None:
    assert measure("x", 1.0).p95_seconds is None
    assert Outcomes([measure("x", 1.0)]).p95_seconds(CASE, "x") is None


def test_cpu_ms_is_for_each_message_and_process() -> None:
    outcomes = Outcomes([measure("x", 1.0, 1, cpu={"dovecot": 0.1}), measure("x", 1.0, 2, cpu={"dovecot": 0.3})])
    assert outcomes.cpu_ms(CASE, "x") == {"dovecot": 2.0}


def test_judge_meets_a_goal_that_is_reached_exactly() -> None:
    outcomes = Outcomes([measure("x", 1.0), measure("y", 2.0)])
    assert [verdict.met for verdict in judge(outcomes, [Goal(CASE, "y", 2.0), Goal(CASE, "y", 2.01)], "x")] == [
        True,
        False,
    ]


def test_judge_does_not_meet_a_goal_that_was_not_measured() -> None:
    assert not judge(Outcomes([measure("x", 1.0)]), [Goal(CASE, "y", 0.1)], "x")[0].met
