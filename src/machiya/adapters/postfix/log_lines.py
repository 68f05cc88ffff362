"""What Postfix writes into its log, line by line.

Source: https://www.postfix.org/MAILLOG_README.html and the programs' own messages (3.10).
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from machiya.mail.outgoing import OutgoingEvent, OutgoingFacts, OutgoingKind

# Long queue ids are letters and digits without vowels; they are never used twice (enable_long_queue_ids).
_LINE = re.compile(
    r"(?P<at>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) \S+ postfix(?:/[\w-]+)*/(?P<program>[\w-]+)\[\d+\]: "
    r"(?P<id>[0-9A-Za-z]{10,32}): (?P<rest>.*)",
    re.DOTALL,
)
_DELIVERY = re.compile(r"to=<(?P<to>.*?)>, (?:orig_to=<(?P<asked>.*?)>, )?relay=(?P<relay>\S+?), .*?"
                       r"status=(?P<status>\w+)(?: \((?P<text>.*)\))?$", re.DOTALL)  # fmt: skip
_DSN = re.compile(r"\bdsn=([245]\.\d+\.\d+)")
_QUEUED = re.compile(r"from=<(?P<sender>.*?)>, size=(?P<size>\d+), nrcpt=(?P<count>\d+) ")
_EXPIRED = re.compile(r"from=<.*?>, status=(?:expired|force-expired)")
_MESSAGE_ID = re.compile(r"(?:resent-)?message-id=<?(?P<id>[^>]*)>?")
_LOGIN = re.compile(r"\bsasl_username=(?P<login>[^,\s]+)")
_REFUSED = re.compile(r"(?:milter-)?reject: [\w-]+ from .*?: (?P<text>.*?)(?:; from=<.*)?$", re.DOTALL)
_NOTICE = re.compile(r"sender (?:non-delivery|delay) notification: (?P<id>\w+)")
_TEXT_CHARACTERS = 500
_STATUSES = {"deferred": OutgoingKind.DEFERRED, "bounced": OutgoingKind.BOUNCED, "undeliverable": OutgoingKind.BOUNCED}


class PostfixLogLines:
    """``LogLineReader``; ``house_relays`` begin the names of next hops that are inside (the mail store)."""

    def __init__(self, house_relays: tuple[str, ...] = ()) -> None:
        self._house_relays = house_relays

    def __call__(self, line: str, *, now: datetime, order: int) -> OutgoingFacts | None:
        """What the line says of a message; None where it speaks of something else."""
        found = _LINE.fullmatch(line.rstrip("\r\n"))
        moment = _moment(found["at"], now) if found else None
        if not found or moment is None:
            return None
        words = _Words(line, found["id"], moment, order)
        if found["program"] in {"smtp", "lmtp", "error", "relay", "local", "virtual", "discard"}:
            return self._delivery(words, found["rest"])
        read = _READERS.get(found["program"])
        return read(words, found["rest"]) if read else None

    def _delivery(self, words: "_Words", rest: str) -> OutgoingFacts | None:
        found = _DELIVERY.match(rest)
        if not found:
            return None
        kind = self._sent(found["relay"]) if found["status"] == "sent" else _STATUSES.get(found["status"])
        if kind is None:
            return None
        detail = {"relay": found["relay"], "text": (found["text"] or "")[:_TEXT_CHARACTERS]}
        status = _DSN.search(rest)
        detail |= {"status": status[1]} if status else {}
        detail |= {"asked": found["asked"]} if found["asked"] else {}
        return words.event(kind, found["to"], detail)

    def _sent(self, relay: str) -> OutgoingKind:
        return OutgoingKind.STORED if relay.startswith(self._house_relays or "\0") else OutgoingKind.RELAYED


class _Words:
    """One line's place in the story."""

    def __init__(self, line: str, queue_id: str, at: datetime, order: int) -> None:
        self.queue_id = queue_id
        self.at = at
        self._order = order
        self._key = hashlib.sha256(line.rstrip("\r\n").encode("utf-8", "surrogateescape")).hexdigest()

    def event(self, kind: OutgoingKind, recipient: str = "", detail: dict[str, object] | None = None) -> OutgoingFacts:
        """Facts that are an event and nothing else."""
        return OutgoingFacts(self.queue_id, self.at, event=self.made(kind, recipient, detail))

    def made(self, kind: OutgoingKind, recipient: str = "", detail: dict[str, object] | None = None) -> OutgoingEvent:
        """The event itself."""
        return OutgoingEvent(self._key, self.queue_id, self.at, kind, recipient, detail or {}, self._order)


def _moment(text: str, now: datetime) -> datetime | None:
    """The log names no year: the one that makes the time lie nearest before now (a day of clock error is allowed)."""
    for year in (now.year + 1, now.year, now.year - 1):
        try:
            moment = datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        if moment <= now + timedelta(days=1):
            return moment
    return None


def _smtpd(words: _Words, rest: str) -> OutgoingFacts | None:
    if rest.startswith("client="):
        login = _LOGIN.search(rest)
        name = login["login"] if login else ""
        event = words.made(OutgoingKind.SUBMITTED, detail={"login": name})
        return OutgoingFacts(words.queue_id, words.at, login=name, event=event)
    return _refused(words, rest)


def _refused(words: _Words, rest: str) -> OutgoingFacts | None:
    found = _REFUSED.match(rest)
    return words.event(OutgoingKind.REFUSED, detail={"text": found["text"][:_TEXT_CHARACTERS]}) if found else None


def _cleanup(words: _Words, rest: str) -> OutgoingFacts | None:
    found = _MESSAGE_ID.match(rest)
    return OutgoingFacts(words.queue_id, words.at, message_id=found["id"]) if found else _refused(words, rest)


def _qmgr(words: _Words, rest: str) -> OutgoingFacts | None:
    queued = _QUEUED.match(rest)
    if queued:
        detail: dict[str, object] = {"size": int(queued["size"]), "recipients": int(queued["count"])}
        event = words.made(OutgoingKind.QUEUED, detail=detail) if rest.endswith("(queue active)") else None
        size, sender = int(queued["size"]), queued["sender"]
        return OutgoingFacts(words.queue_id, words.at, sender=sender, size_bytes=size, event=event)
    if _EXPIRED.match(rest):
        return words.event(OutgoingKind.EXPIRED)
    return words.event(OutgoingKind.REMOVED) if rest == "removed" else None


def _bounce(words: _Words, rest: str) -> OutgoingFacts | None:
    found = _NOTICE.match(rest)
    return words.event(OutgoingKind.NOTIFIED, detail={"notice": found["id"]}) if found else None


def _postsuper(words: _Words, rest: str) -> OutgoingFacts | None:
    if rest.startswith("placed on hold"):
        return words.event(OutgoingKind.HELD)
    return words.event(OutgoingKind.REMOVED) if rest.startswith("removed") else None


_READERS: dict[str, Callable[[_Words, str], OutgoingFacts | None]] = {
    "smtpd": _smtpd,
    "cleanup": _cleanup,
    "qmgr": _qmgr,
    "bounce": _bounce,
    "postsuper": _postsuper,
}
