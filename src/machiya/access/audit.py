"""The audit log: entries in a chain of hashes, so that whatever is changed, missing or moved is found."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from machiya.core.errors import InvalidInput

if TYPE_CHECKING:
    from machiya.access.ports import AuditRepository

GENESIS = "0" * 64
ACTOR_CHARACTERS = TARGET_CHARACTERS = 330
ACTION_CHARACTERS = 64
DETAIL_CHARACTERS = 1000
_HEAD = re.compile(r"(?:(?P<number>[0-9]{1,18}):)?(?P<hash>[0-9a-f]{64})")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AuditNote:
    """What is to be recorded with a change: who did what to what.

    Args:
        actor: ``str(session.who)``, ``cli:LOGIN`` or ``system``.
        action: ``noun.verb`` as in ``mailbox.remove``.
        target: the address, domain, name or id it was done to.
        details: what else a reader should know; never a password, token or content.
    """

    actor: str
    action: str
    target: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the log exactly as it is stored, texts all: every byte of it is under ``hash``.

    Args:
        number: from 1, without gaps.
        at: RFC 3339 in UTC with microseconds.
        details: a JSON object of texts.
        previous: the hash of the entry before, 64 zeros for the first.
        hash: SHA-256 of ``canonical`` in hexadecimal digits.
    """

    number: int
    at: str
    actor: str
    action: str
    target: str
    details: str
    previous: str
    hash: str

    @property
    def facts(self) -> Mapping[str, str]:
        """``details`` read; empty where they cannot be."""
        try:
            read: Any = json.loads(self.details)
        except ValueError:
            return {}
        return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}

    @property
    def moment(self) -> datetime | None:
        """``at`` read; None where it cannot be."""
        try:
            return datetime.fromisoformat(self.at).astimezone(UTC)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, kept beside the log: what is cut off there is missed."""

    number: int = 0
    hash: str = GENESIS

    def __str__(self) -> str:
        """To be kept elsewhere: ``128:ab12…``."""
        return f"{self.number}:{self.hash}"


def parse_head(text: str) -> Head:
    """Read ``NUMBER:HASH``, or the hash alone (its number is 0 then).

    Raises:
        InvalidInput: it is neither.
    """
    found = _HEAD.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidInput(
            "this is no head of an audit log",
            hint="It looks like 128:ab12…, 64 digits; machiya audit verify prints it.",
        )
    return Head(int(found["number"] or 0), found["hash"])


def canonical(entry: Entry) -> bytes:
    """All fields but the hash, unmistakably: a JSON array in ASCII, whose strings cannot run into one another."""
    fields = (entry.number, entry.at, entry.actor, entry.action, entry.target, entry.details, entry.previous)
    return json.dumps(["machiya-audit-1", *fields], ensure_ascii=True, separators=(",", ":")).encode("ascii")


def hash_of(entry: Entry) -> str:
    """The hash that belongs to the other fields."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def chained(note: AuditNote, at: datetime, number: int, previous: str) -> Entry:
    """The entry for ``note``; texts are cut and cleaned as the table holds them."""
    details = {_fit(key, ACTION_CHARACTERS): _fit(value, DETAIL_CHARACTERS) for key, value in note.details.items()}
    bare = Entry(
        number=number,
        at=at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        actor=_fit(note.actor, ACTOR_CHARACTERS),
        action=_fit(note.action, ACTION_CHARACTERS),
        target=_fit(note.target, TARGET_CHARACTERS),
        details=json.dumps(details, ensure_ascii=True, sort_keys=True, separators=(",", ":")),
        previous=previous,
        hash="",
    )
    return replace(bare, hash=hash_of(bare))


def record(log: "AuditRepository", at: datetime, note: AuditNote) -> Entry:
    """Append to the log inside the transaction of the change itself.

    A head that disagrees with the log (somebody cut it) is no reason to stop the house: the chain goes on with the next
    free number, and verifying names the break for ever.
    """
    head = log.lock_head()
    number = max(head.number, log.last_number()) + 1
    entry = chained(note, at, number, head.hash)
    log.append(entry)
    log.save_head(Head(entry.number, entry.hash))
    return entry


def _fit(text: str, characters: int) -> str:
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)[:characters]
