"""What the house writes about its verdict before a message.

A stranger can write such a line too. The house always writes its own, and what it writes comes first: whoever files
by it must look at the first ``X-Machiya-Verdict`` only (Sieve: ``header :index 1``, RFC 5260 §6).
"""

import re

from machiya.mail.model import Verdict, VerdictAction

VERDICT_FIELD = "X-Machiya-Verdict"
SPAM_FIELD = "X-Spam"
JUNK_WORD = "junk"
REASONS_SHOWN = 12
_REASON_CHARACTERS = 120
_NOT_SHOWN = re.compile(r"[^ -~]+")
_WORDS = {VerdictAction.ACCEPT: "clean", VerdictAction.JUNK: JUNK_WORD}


def verdict_lines(verdict: Verdict) -> bytes:
    """``X-Machiya-Verdict: clean|junk|not scanned; reason; …``, for junk also ``X-Spam: Yes``; CRLF after each."""
    word = _WORDS.get(verdict.action, str(verdict.action)) if verdict.scanned else "not scanned"
    return _lines(word, verdict.reasons, spam=verdict.scanned and verdict.action is VerdictAction.JUNK)


def released_lines(reasons: tuple[str, ...]) -> bytes:
    """For a message that the owner let out of the quarantine: no filter is to take it for junk again."""
    return _lines("released from the quarantine", reasons, spam=False)


def _lines(word: str, reasons: tuple[str, ...], *, spam: bool) -> bytes:
    shown = [text for reason in reasons[:REASONS_SHOWN] if (text := _presentable(reason))]
    value = ";\r\n\t".join([word, *shown])
    marked = f"{SPAM_FIELD}: Yes\r\n" if spam else ""
    return f"{VERDICT_FIELD}: {value}\r\n{marked}".encode("ascii")


def _presentable(reason: str) -> str:
    """Printable ASCII on one line: reasons name what a stranger wrote."""
    return _NOT_SHOWN.sub(" ", reason).strip()[:_REASON_CHARACTERS].rstrip()
