"""What a mailbox sends on: to outside it leaves under the mailbox's own address.

The relay takes no ``From:`` that is not of this house, and whoever gets the message would refuse one that is neither
signed by its domain nor sent by its servers (DMARC). So the house is the author of what it sends on, as a mailing list
is; the one who wrote it stands in the name, in ``Reply-To:`` and, as it was, in ``X-Original-From:``.

Source: RFC 7960 §4.1.3 (rewriting From in forwarding), RFC 5322 §3.6.2 (Reply-To).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from typing import Protocol

from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidAddress
from machiya.mail.header_text import decode_field
from machiya.mail.outgoing_ports import LocalDirectory, SenderDirectory
from machiya.mail.submission import Refusal, from_addresses

REDIRECTED_FIELD = "x-sieve-redirected-from"
ORIGINAL_FIELD = "X-Original-From"
READ = frozenset({"from", "reply-to", REDIRECTED_FIELD})
"""The fields that the decision needs."""
NAME_CHARACTERS = 120
_UNKNOWN = "unknown sender"
_ESCAPED = re.compile(r"\\(.)")
_NOT_OURS = Refusal("553", "5.7.1", "this house sends on for its own mailboxes only")


class RedirectDirectory(SenderDirectory, LocalDirectory, Protocol):
    """Whose addresses are whose, and what is inside the house."""


@dataclass(frozen=True, slots=True)
class HeaderChanges:
    """``author`` instead of the first ``From:`` (none there: added), the others of ``from_count`` go; ``added`` fields.

    Values are as they stand in a message, line ends as LF.
    """

    author: bytes
    from_count: int
    added: tuple[tuple[str, bytes], ...]


class RedirectRules:
    """Decides about what Dovecot sends for a mailbox."""

    def __init__(self, directory: RedirectDirectory) -> None:
        self._directory = directory

    def changes(
        self, sender: str, recipients: Sequence[str], fields: Sequence[tuple[str, bytes]]
    ) -> HeaderChanges | Refusal | None:
        """What to change; None: nothing. A notice or a vacation, which the mailbox itself wrote, stays as it is.

        Args:
            sender: the envelope's; empty for the null sender.
            recipients: the envelope's.
            fields: those of ``READ``, lower-case names, raw bodies, in the order of the message.

        Raises:
            Unavailable: the address table has not been read yet.
        """
        redirected = [value for name, value in fields if name == REDIRECTED_FIELD]
        if not redirected or not any(map(self._outside, recipients)):
            return None
        owner = self._owner(sender or redirected[0].decode("ascii", "replace"))
        authors = [value for name, value in fields if name == "from"]
        if owner is None:
            return _NOT_OURS
        if len(authors) == 1 and self._own(owner, authors[0]):
            return None
        answered = any(name == "reply-to" for name, _ in fields)
        return HeaderChanges(_author(owner, authors), len(authors), tuple(_added(authors, answered=answered)))

    def _outside(self, recipient: str) -> bool:
        try:
            return not self._directory.is_own(EmailAddress.parse(recipient).domain)
        except InvalidAddress:
            return True

    def _owner(self, text: str) -> EmailAddress | None:
        try:
            address = EmailAddress.parse(text.strip().strip("<>"))
        except InvalidAddress:
            return None
        return address if self._directory.may_send(address, address) else None

    def _own(self, owner: EmailAddress, author: bytes) -> bool:
        """Only the mailbox's own: anybody can write a neighbour's address into a message that comes from outside."""
        try:
            found = [EmailAddress.parse(address) for address in from_addresses(author)]
        except InvalidAddress:
            return False
        return bool(found) and all(self._directory.may_send(owner, address) for address in found)


def _added(authors: Sequence[bytes], *, answered: bool) -> list[tuple[str, bytes]]:
    """``Reply-To:`` only where answers would reach somebody."""
    reply = [("Reply-To", authors[0])] if len(authors) == 1 and not answered and from_addresses(authors[0]) else []
    return [*reply, *((ORIGINAL_FIELD, author) for author in authors)]


def _author(owner: EmailAddress, authors: Sequence[bytes]) -> bytes:
    name = f"{_shown(authors[0]) if authors else _UNKNOWN} via {owner}"
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{owner}>'.encode("ascii")
    words = Header(name, "utf-8", header_name="From").encode(linesep="\n")
    return f"{words}\n <{owner}>".encode("ascii")


def _shown(author: bytes) -> str:
    """``Name (address)``, as far as it can be read; one line."""
    addresses = from_addresses(author)
    if not addresses:
        return decode_field(author)[:NAME_CHARACTERS] or _UNKNOWN
    name = _ESCAPED.sub(r"\1", decode_field(author.rpartition(b"<")[0]).strip(' "'))[:NAME_CHARACTERS]
    return f"{name} ({addresses[0]})" if name else addresses[0]
