"""What rspamd's answers mean."""

from typing import Any

import pytest

from machiya.adapters.rspamd.judgement import judge, read_answer
from machiya.mail.model import Verdict, VerdictAction
from machiya.mail.ports import ScannerUnavailable


def document(action: str = "no action", score: float = 0.5, **symbols: Any) -> dict[str, Any]:
    found = {"ANTIVIRUS_ANSWERED": {"score": 0.0}} | symbols
    return {"action": action, "score": score, "required_score": 15.0, "symbols": found, "is_skipped": False}


def judged(answer: Any) -> Verdict:
    return judge(read_answer(answer), antivirus=True)


def symbol(score: float = 0.0, *options: str) -> dict[str, Any]:
    return {"score": score, "options": list(options)}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("no action", VerdictAction.ACCEPT),
        ("greylist", VerdictAction.ACCEPT),
        ("add header", VerdictAction.JUNK),
        ("rewrite subject", VerdictAction.JUNK),
        ("reject", VerdictAction.QUARANTINE),
    ],
)
def test_judge_takes_the_action(action: str, expected: VerdictAction) -> None:
    assert judged(document(action)).action is expected


def test_judge_names_the_heaviest_reasons_first() -> None:
    heavy, light, good = symbol(6.0, "a", "b"), symbol(0.5), symbol(-1.0)
    verdict = judged(document("add header", 7.25, LIGHT=light, GTUBE=heavy, GOOD=good))
    assert verdict.reasons == ("score 7.2 of 15.0", "GTUBE 6.0 (a, b)", "LIGHT 0.5")


def test_judge_quarantines_a_virus_whatever_the_action() -> None:
    verdict = judged(document("no action", CLAM_VIRUS=symbol(0.0, "Eicar-Test")))
    assert (verdict.action, verdict.reasons) == (VerdictAction.QUARANTINE, ("virus Eicar-Test",))


def test_judge_does_not_take_a_virus_scanner_that_failed_for_a_clean_message() -> None:
    with pytest.raises(ScannerUnavailable, match="failed to scan"):
        judged(document("no action", CLAM_VIRUS_FAIL=symbol(0.0, "failed to scan and retransmits exceed")))


def test_judge_tells_that_dns_did_not_answer_and_judges_all_the_same() -> None:
    verdict = judged(document(R_SPF_DNSFAIL=symbol(), DMARC_DNSFAIL=symbol()))
    assert verdict.action is VerdictAction.ACCEPT
    assert "DNS did not answer, checks that need it were skipped" in verdict.reasons


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"error": "x"},
        document("soft reject"),
        document("something new"),
        document() | {"is_skipped": True},
        document() | {"score": "high"},
        document() | {"symbols": {"A": 3}},
        document() | {"symbols": []},
    ],
)
def test_an_answer_that_judges_nothing_is_no_verdict(answer: Any) -> None:
    with pytest.raises(ScannerUnavailable):
        judged(answer)


def test_judge_quarantines_what_clamd_cannot_unpack_to_its_end() -> None:
    failed = symbol(0.0, "Limits Exceeded: Heuristics.Limits.Exceeded.MaxFileSize")
    for answer in (document(CLAM_VIRUS_FAIL=failed), document(ARCHIVE_TOO_LARGE=symbol(0.0, "500000000"))):
        verdict = judged(answer)
        assert verdict.action is VerdictAction.QUARANTINE
        assert verdict.reasons[0].startswith("too large to be unpacked")


def test_judge_asks_no_virus_scanner_about_nothing_at_all() -> None:
    empty = document("add header", 6.0) | {"symbols": {"COMPLETELY_EMPTY": {"score": 6.0}}}
    assert judged(empty).action is VerdictAction.JUNK


@pytest.mark.parametrize("action", ["no action", "add header"])
def test_judge_lets_nothing_pass_that_the_virus_scanner_did_not_see(action: str) -> None:
    unseen = document(action) | {"symbols": {}}
    with pytest.raises(ScannerUnavailable, match="did not look"):
        judged(unseen)
    assert judge(read_answer(unseen), antivirus=False).action is not VerdictAction.QUARANTINE


def test_judge_needs_nobody_else_for_the_worst_spam() -> None:
    gtube = document("reject", 15.0) | {"symbols": {"GTUBE": {"score": 0.0}}, "is_skipped": True}
    assert judged(gtube).action is VerdictAction.QUARANTINE
