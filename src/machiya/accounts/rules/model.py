"""The rules of a mailbox, as its owner would say them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from machiya.core.addresses import EmailAddress


@dataclass(frozen=True, slots=True)
class Vacation:
    """An answer to whoever writes while its owner is away.

    ``first_day`` and ``last_day`` (both included; None: without an end on that side) are days in ``time_zone``, an IANA
    name; ``starts_at`` and ``ends_at`` are the same as moments and are worked out when it is saved. One sender gets one
    answer within ``days``.
    """

    text: str
    subject: str = ""
    first_day: date | None = None
    last_day: date | None = None
    time_zone: str = "UTC"
    days: int = 30
    enabled: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Mail goes on to ``targets``, in this house or outside; ``keep_copy``: it stays here too."""

    targets: tuple[EmailAddress, ...]
    keep_copy: bool = True
    enabled: bool = True


class Field(StrEnum):
    """What a condition looks at."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    SUBJECT = "subject"
    LIST_ID = "list-id"


class Comparison(StrEnum):
    """How it looks; capitals do not count."""

    CONTAINS = "contains"
    IS = "is"


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` contains or is ``text``."""

    field: Field
    comparison: Comparison
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """If all (``match_all``) or any of ``conditions`` hold: what to do with the message.

    At least one of: ``folder`` (made when it is missing; with ``/`` below another), ``mark_read``, ``flag``,
    ``forward_to`` (a copy), ``trash`` (into the folder Trash, never away). ``stop``: filters after this one are not
    asked.
    """

    name: str
    conditions: tuple[Condition, ...]
    match_all: bool = True
    folder: str = ""
    mark_read: bool = False
    flag: bool = False
    forward_to: tuple[EmailAddress, ...] = ()
    trash: bool = False
    stop: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of the mailbox ``address``; filters are asked in their order."""

    address: EmailAddress
    vacation: Vacation | None = None
    forwarding: Forwarding | None = None
    filters: tuple[Filter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.vacation or self.forwarding or self.filters)


@dataclass(frozen=True, slots=True)
class Warned:
    """What is allowed and yet may not be meant; ``code`` is for scripts and translations.

    Codes: ``loop`` (goes round, and somebody on the way keeps a copy), ``disabled`` (a target that takes no mail now),
    ``outside`` (a target outside gets it under the owner's address), ``no_copy_left`` (nothing stays here).
    """

    code: str
    message: str
    address: EmailAddress | None = None


@dataclass(frozen=True, slots=True)
class RulesSaved:
    """The rules as they are now, and what may not be meant."""

    rules: Rules
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedScript:
    """What Dovecot reads for the mailbox ``login``; another text has another ``script_id``."""

    login: EmailAddress
    script_id: str
    script: str
