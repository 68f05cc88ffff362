"""Where mail for an address goes: the answer of the address table, understood by every room."""

from dataclasses import dataclass
from enum import StrEnum

from machiya.core.addresses import EmailAddress


class RefusalReason(StrEnum):
    """Why no mailbox takes mail for an address."""

    UNKNOWN = "unknown_recipient"
    DISABLED = "mailbox_disabled"
    ALIAS_LOOP = "alias_loop"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The mailboxes that get a copy (each once, in a stable order), or the reason why none does.

    ``path`` says in order which entries led there (``sales@example.jp -> taro@example.jp``), for the trace.
    """

    recipient: EmailAddress
    mailboxes: tuple[EmailAddress, ...] = ()
    refusal: RefusalReason | None = None
    path: tuple[str, ...] = ()
