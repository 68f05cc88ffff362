"""The verdict as header lines."""

from hypothesis import given
from hypothesis import strategies as st

from machiya.mail.model import Verdict, VerdictAction
from machiya.mail.verdict_header import REASONS_SHOWN, released_lines, verdict_lines


def test_verdict_lines_of_clean_mail() -> None:
    lines = verdict_lines(Verdict(VerdictAction.ACCEPT, ("score -0.1 of 15.0",)))
    assert lines == b"X-Machiya-Verdict: clean;\r\n\tscore -0.1 of 15.0\r\n"


def test_verdict_lines_of_unscanned_mail_say_so() -> None:
    assert verdict_lines(Verdict(VerdictAction.ACCEPT, scanned=False)) == b"X-Machiya-Verdict: not scanned\r\n"


def test_released_lines_are_not_junk_again() -> None:
    assert released_lines(("virus Eicar",)) == b"X-Machiya-Verdict: released from the quarantine;\r\n\tvirus Eicar\r\n"


@given(st.lists(st.text(max_size=200), max_size=20))
def test_verdict_lines_hold_whatever_a_stranger_wrote(reasons: list[str]) -> None:
    lines = verdict_lines(Verdict(VerdictAction.JUNK, tuple(reasons)))
    assert lines.isascii()
    assert lines.endswith(b"\r\nX-Spam: Yes\r\n")
    first, *folded = lines.removesuffix(b"X-Spam: Yes\r\n").removesuffix(b"\r\n").split(b"\r\n")
    assert first.startswith(b"X-Machiya-Verdict: junk")
    assert all(line.startswith(b"\t") and len(line) < 200 and line.strip() for line in folded)
    assert len(folded) <= REASONS_SHOWN
    assert b"\n" not in b"".join([first, *folded])
