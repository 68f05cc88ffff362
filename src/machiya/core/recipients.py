"""Where mail for an address goes: the answer of the address table, and what the edge knows of an address."""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from machiya.core.addresses import EmailAddress

ADDRESS_HASH_CHARACTERS = 32

EDGE_ACCEPTS, EDGE_REFUSES, EDGE_CATCH_ALL = "a", "x", "c"
"""What the edge may know of a hash: an address that takes mail, a disabled one, a domain's catch-all."""


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


def address_hash(recipient_key: str, canonical: str) -> str:
    """The edge's name for a canonical address or ``@domain``: 32 hex characters of HMAC-SHA-256.

    Source: docs/format/edge-protocol.md.
    """
    return hmac.new(recipient_key.encode(), canonical.encode(), hashlib.sha256).hexdigest()[:ADDRESS_HASH_CHARACTERS]
