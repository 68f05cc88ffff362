"""What an answer of rspamd's ``/checkv2`` means for the house.

Source: Rspamd 3.12, "Protocol"; lualib/lua_scanners (the symbols of the antivirus module).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from machiya.mail.model import Verdict, VerdictAction
from machiya.mail.ports import ScannerUnavailable

VIRUS_SYMBOL = "CLAM_VIRUS"
FAILED_SYMBOL = "CLAM_VIRUS_FAIL"
ANSWERED_SYMBOL = "ANTIVIRUS_ANSWERED"
LARGE_SYMBOL = "ARCHIVE_TOO_LARGE"
EMPTY_SYMBOL = "COMPLETELY_EMPTY"  # not one octet: there is nothing to look at
_LIMITS_EXCEEDED = "Limits Exceeded"
DNS_FAILURES = frozenset({"R_SPF_DNSFAIL", "DMARC_DNSFAIL", "ARC_DNSFAIL", "R_DKIM_TEMPFAIL"})
_ACTIONS = {
    "no action": VerdictAction.ACCEPT,
    "greylist": VerdictAction.ACCEPT,
    "add header": VerdictAction.JUNK,
    "rewrite subject": VerdictAction.JUNK,
    "reject": VerdictAction.QUARANTINE,
}
_HINT = "machiya status says which part of the scanner is ill; the edge keeps the mail meanwhile."


@dataclass(frozen=True, slots=True)
class Answer:
    """``symbols``: name to score and options, as rspamd names them."""

    action: str
    score: float
    required_score: float
    symbols: Mapping[str, tuple[float, tuple[str, ...]]]
    skipped: bool = False

    @property
    def viruses(self) -> tuple[str, ...]:
        """The names of the viruses found."""
        return self.symbols.get(VIRUS_SYMBOL, (0.0, ()))[1] or (("unnamed",) if VIRUS_SYMBOL in self.symbols else ())


def read_answer(document: Any) -> Answer:
    """The parts of the JSON answer that count.

    Raises:
        ScannerUnavailable: it is not an answer that judges the message.
    """
    try:
        symbols = {str(name): _symbol(found) for name, found in document["symbols"].items()}
        score, required = float(document["score"]), float(document["required_score"])
        return Answer(str(document["action"]), score, required, symbols, skipped=bool(document.get("is_skipped")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise unavailable(f"rspamd's answer has no {error}") from error


def _symbol(found: Mapping[str, Any]) -> tuple[float, tuple[str, ...]]:
    return float(found.get("score", 0.0)), tuple(str(option) for option in found.get("options") or ())


def judge(answer: Answer, *, antivirus: bool) -> Verdict:
    """The verdict, its reasons the heaviest first; ``antivirus``: nothing passes that the virus scanner did not see.

    Raises:
        ScannerUnavailable: the virus scanner did not look (rspamd says so with a score of 0, or says nothing), or
            rspamd gave up.
    """
    if answer.viruses:
        return Verdict(VerdictAction.QUARANTINE, tuple(f"virus {name}" for name in answer.viruses))
    if too_large := _too_large(answer):
        return Verdict(VerdictAction.QUARANTINE, too_large)
    action = _ACTIONS.get(answer.action)
    if action is not VerdictAction.QUARANTINE:
        _require_all_checks(answer, antivirus=antivirus)
    if action is None:
        raise unavailable(f"rspamd did not judge the message: {answer.action}")
    return Verdict(action, _reasons(answer))


def _too_large(answer: Answer) -> tuple[str, ...]:
    """Why it will never be unpacked to its end; waiting would not help."""
    _, failures = answer.symbols.get(FAILED_SYMBOL, (0.0, ()))
    limits = [failure for failure in failures if failure.startswith(_LIMITS_EXCEEDED)]
    _, sizes = answer.symbols.get(LARGE_SYMBOL, (0.0, ()))
    found = [*limits, *(f"a file of {size} bytes in an archive" for size in sizes)]
    return tuple(f"too large to be unpacked and searched for viruses: {reason}" for reason in found)


def _require_all_checks(answer: Answer, *, antivirus: bool) -> None:
    if FAILED_SYMBOL in answer.symbols:
        said = ", ".join(answer.symbols[FAILED_SYMBOL][1]) or "no reason given"
        raise unavailable(f"the virus scanner did not look at the message: {said}")
    if antivirus and not {ANSWERED_SYMBOL, EMPTY_SYMBOL} & set(answer.symbols):
        raise unavailable("the virus scanner did not look at the message: rspamd says nothing of it")
    if answer.skipped:
        raise unavailable("rspamd skipped the message")


def _reasons(answer: Answer) -> tuple[str, ...]:
    raising = [
        (score, name, options) for name, (score, options) in answer.symbols.items() if score > 0 or answer.skipped
    ]
    told = [_reason(name, score, options) for score, name, options in sorted(raising, key=lambda s: (-s[0], s[1]))]
    skipped = ("DNS did not answer, checks that need it were skipped",) if DNS_FAILURES & set(answer.symbols) else ()
    return (f"score {answer.score:.1f} of {answer.required_score:.1f}", *skipped, *told)


def _reason(name: str, score: float, options: tuple[str, ...]) -> str:
    shown = f" ({', '.join(options[:3])})" if options else ""
    return f"{name} {score:.1f}{shown}"


def unavailable(message: str) -> ScannerUnavailable:
    """Nothing is known about the message, so it must wait."""
    return ScannerUnavailable(message, hint=_HINT)
