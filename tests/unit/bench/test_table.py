from bench.inbound.outcomes import GoalVerdict, Measure, Outcomes
from bench.inbound.plan import LMTP_NEW, OURS, Case, Goal
from bench.inbound.table import goals, rates, ratios, render

CASE = Case("4kB", 16)
OUTCOMES = Outcomes(
    [
        Measure(OURS, CASE, 1, sent=100, files=100, seconds=0.5, latencies=[0.01] * 100),
        Measure(LMTP_NEW, CASE, 1, sent=100, files=100, seconds=1.0),
    ]
)


def test_render_aligns_columns() -> None:
    assert render([["a", "b"], ["long", "1"], ["x", "100"]]).splitlines() == [
        "a       b",
        "----  ---",
        "long    1",
        "x     100",
    ]


def test_rates_shows_a_dash_where_nothing_was_measured() -> None:
    line = rates(OUTCOMES, [CASE]).splitlines()[2]
    assert line.split("  ")[0] == "4kB × 16"
    assert "200 (10)" in line
    assert "100 (–)" in line
    assert "– (–)" in line


def test_ratios_shows_the_ratio_and_its_range() -> None:
    assert "2.00 [2.00–2.00]" in ratios(OUTCOMES, [CASE])


def test_goals_says_met_or_missed() -> None:
    text = goals([GoalVerdict(Goal(CASE, LMTP_NEW, 0.95), 2.0), GoalVerdict(Goal(CASE, LMTP_NEW, 4.0), 2.0)])
    assert text.splitlines()[0].startswith("met ")
    assert text.splitlines()[1].startswith("MISSED")
    assert "reached 2.00" in text
