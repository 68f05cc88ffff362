from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench.inbound.cgroups import grown, inactive_file
from bench.inbound.containers import plan
from bench.inbound.containers.memory import highest, idle_megabytes, memory_table
from bench.inbound.containers.peer import main_cf, master_cf
from bench.inbound.containers.report import idle_verdict, verdicts
from bench.inbound.containers.smtp_generator import smtp_requests, waiting_files
from bench.inbound.messages import signed_uniques, unique_messages
from bench.inbound.outcomes import Measure, Outcomes
from bench.inbound.plan import CONNECTIONS, GOAL_CASE, MAILBOXES
from bench.inbound.processes import ROOT, BenchError
from bench.inbound.table import pairs

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def measure(design: str, seconds: float) -> Measure:
    return Measure(design, GOAL_CASE, 1, sent=100, files=100, seconds=seconds)


OUTCOMES = Outcomes(
    [
        measure(plan.OURS, 1.0),
        measure(plan.PEER, 2.5),
        measure(plan.OURS_SCANNING, 2.0),
        measure(plan.PEER_SCANNING, 2.8),
    ]
)


def test_unique_messages_share_no_line_of_their_bodies() -> None:
    one, two = unique_messages(4096, 2)
    (other,) = unique_messages(4096, 1)
    bodies = [set(each.partition(b"\r\n\r\n")[2].split(b"\r\n")[:-1]) for each in (one, two, other)]
    assert [len(each) for each in (one, two, other)] == [4096] * 3
    assert not bodies[0] & bodies[1]
    assert not bodies[0] & bodies[2]


def test_each_signed_request_carries_its_own_message() -> None:
    contents = unique_messages(4096, 2)
    requests = signed_uniques(contents, ["m000@bench.test", "m001@bench.test"], key="k", now=NOW)
    assert [head.partition(b"\r\n\r\n")[2] for head in requests.heads] == contents
    assert requests.tail == b""


def test_smtp_requests_name_the_recipient_first() -> None:
    assert smtp_requests([b"a\nb\r\n"], ["m000@bench.test"]).heads == [b"m000@bench.test\na\nb\r\n"]


def test_waiting_files_looks_into_every_queue_and_hashed_folder(tmp_path: Path) -> None:
    assert waiting_files(tmp_path) == 0
    for place in ("incoming/a", "active/b", "deferred/3/c", "bounce/d"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    assert waiting_files(tmp_path) == 3


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("cache 9\ninactive_file 5\ntotal_inactive_file 7\n", 7),
        ("anon 1\ninactive_file 5\n", 5),
        ("anon 1\n", 0),
    ],
)
def test_inactive_file_of_both_versions(stat: str, expected: int) -> None:
    assert inactive_file(stat) == expected


def test_grown_counts_a_new_name_from_nothing() -> None:
    assert grown({"a": 1.0}, {"a": 1.5, "b": 2.0}) == {"a": 0.5, "b": 2.0}


def test_highest_keeps_those_that_are_gone() -> None:
    assert highest({"a": 3, "b": 1}, {"b": 2, "c": 1}) == {"a": 3, "b": 2, "c": 1}


def test_memory_table_has_a_dash_for_what_was_not_there_when_idle() -> None:
    text = memory_table({"redis": 5_000_000}, {"redis": 6_500_000, "peer": 1_000_000})
    assert "peer                       –              1.0" in text
    assert "redis                    5.0              6.5" in text
    assert idle_megabytes({"a": 1_000_000, "b": 500_000}) == 1.5


def test_idle_goal() -> None:
    assert idle_verdict({"a": 450_000_000}).startswith("met ")
    assert idle_verdict({"a": 451_000_000}).startswith("MISSED")


def test_verdicts_compare_like_with_like() -> None:
    found = verdicts(OUTCOMES)
    assert found[plan.OURS].ratio == 2.5
    assert found[plan.OURS].met
    assert found[plan.OURS_SCANNING].ratio == 1.4
    assert not found[plan.OURS_SCANNING].met


def test_pairs_shows_each_pair() -> None:
    text = pairs(OUTCOMES, [GOAL_CASE], plan.PAIRS)
    assert "2.50 [2.50–2.50]" in text
    assert "1.40 [1.40–1.40]" in text


@pytest.mark.parametrize("quick", [True, False])
def test_steps_have_every_number_of_connections_and_no_mailbox_twice_when_quick(*, quick: bool) -> None:
    steps = plan.steps(quick=quick)
    assert sorted(step.case.connections for step in steps) == list(CONNECTIONS)
    assert not quick or max(step.messages for step in steps) <= MAILBOXES


def test_peer_scans_only_when_told() -> None:
    assert "smtpd_milters = inet:10.1.1.12:11332\n" in main_cf("10.1.1.14", "10.1.1.1", "10.1.1.12:11332")
    plain = main_cf("10.1.1.14", "10.1.1.1", "")
    assert "smtpd_milters = \n" in plain
    assert "virtual_transport = lmtp:inet:10.1.1.14:24\n" in plain


def test_peer_runs_the_programs_of_the_house() -> None:
    template = ROOT / "src/machiya/stacks/catalogue/postfix/config/master.cf.j2"
    programs = master_cf(template.read_text())
    assert programs.startswith("smtp inet n - n - - smtpd\npickup unix")
    assert "587" not in programs
    assert "\nlmtp unix" in programs
    with pytest.raises(BenchError, match=r"master\.cf"):
        master_cf("nothing")
