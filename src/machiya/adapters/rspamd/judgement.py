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
DNS_FAILURES = frozenset({"R_SPF_DNSFAIL", "DMARC_DNSFAIL", "ARC_DNSFAIL", "R_DKIM_TEMPFAIL"})
_ACTIONS = {
    "no action": VerdictAction.ACCEPT,
    "greylist": VerdictAction.ACCEPT,
    "add header": VerdictAction.JUNK,
    "rewrite subject": VerdictAction.JUNK,
    "reject": VerdictAction.QUARANTINE,
}
_LIMITS = "Heuristics.Limits.Exceeded"
_HINT = "machiya status says which part of the scanner is ill; the edge keeps the mail meanwhile."


@dataclass(frozen=True, slots=True)
class Answer:
    """``symbols``: name to score and options, as rspamd names them."""

    action: str
    score: float
    required_score: float
    symbols: Mapping[str, tuple[float, tuple[str, ...]]]

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
        if document.get("is_skipped"):
            raise unavailable("rspamd skipped the message")
        symbols = {str(name): _symbol(found) for name, found in document["symbols"].items()}
        score, required = float(document["score"]), float(document["required_score"])
        return Answer(str(document["action"]), score, required, symbols)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise unavailable(f"rspamd's answer has no {error}") from error


def _symbol(found: Mapping[str, Any]) -> tuple[float, tuple[str, ...]]:
    return float(found.get("score", 0.0)), tuple(str(option) for option in found.get("options") or ())


def judge(answer: Answer) -> Verdict:
    """The verdict, its reasons the heaviest first.

    Raises:
        ScannerUnavailable: the virus scanner did not look (rspamd says so with a score of 0), or rspamd gave up.
    """
    if FAILED_SYMBOL in answer.symbols:
        options = ", ".join(answer.symbols[FAILED_SYMBOL][1])
        raise unavailable(f"the virus scanner did not look at the message: {options or 'no reason given'}")
    if answer.viruses:
        return Verdict(VerdictAction.QUARANTINE, tuple(_found(name) for name in answer.viruses))
    action = _ACTIONS.get(answer.action)
    if action is None:
        raise unavailable(f"rspamd did not judge the message: {answer.action}")
    return Verdict(action, _reasons(answer))


def _found(name: str) -> str:
    """Clamd reports what it could not unpack to its end in the same way as a virus (AlertExceedsMax)."""
    return f"too large to be unpacked ({name})" if name.startswith(_LIMITS) else f"virus {name}"


def _reasons(answer: Answer) -> tuple[str, ...]:
    raising = [(score, name, options) for name, (score, options) in answer.symbols.items() if score > 0]
    told = [_reason(name, score, options) for score, name, options in sorted(raising, key=lambda s: (-s[0], s[1]))]
    skipped = ("DNS did not answer, checks that need it were skipped",) if DNS_FAILURES & set(answer.symbols) else ()
    return (f"score {answer.score:.1f} of {answer.required_score:.1f}", *skipped, *told)


def _reason(name: str, score: float, options: tuple[str, ...]) -> str:
    shown = f" ({', '.join(options[:3])})" if options else ""
    return f"{name} {score:.1f}{shown}"


def unavailable(message: str) -> ScannerUnavailable:
    """Nothing is known about the message, so it must wait."""
    return ScannerUnavailable(message, hint=_HINT)
