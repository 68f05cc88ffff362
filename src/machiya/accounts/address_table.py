"""The address table: every address of the house, flattened once; immutable, asked from memory."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from machiya.accounts.flatten import POSTMASTER, Directory, Flat, flatten_all
from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.accounts.published import PublishedAddress
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.recipients import (
    ADDRESS_HASH_CHARACTERS,
    EDGE_ACCEPTS,
    EDGE_CATCH_ALL,
    EDGE_REFUSES,
    RefusalReason,
    Resolution,
    address_hash,
)


@dataclass(frozen=True, slots=True)
class EdgeRecipients:
    """What the edge pulls: ``<hash> <kind>`` lines, sorted, LF after each; and their (strong, quoted) ETag."""

    text: str
    etag: str


class AddressTable:
    """Which mailboxes get mail for an address.

    The first of these that is there decides, as at the edge: the full address, the address without its ``+tag``, the
    domain's catch-all.
    """

    def __init__(
        self,
        entries: Mapping[EmailAddress, Flat],
        catch_alls: Mapping[DomainName, Flat],
        domains: frozenset[DomainName] = frozenset(),
        owner: EmailAddress | None = None,
    ) -> None:
        self._entries = entries
        self._domains = domains
        self._catch_alls = catch_alls
        self._owner = owner
        self._edge: tuple[str, EdgeRecipients] | None = None

    @classmethod
    def build(
        cls,
        domains: Iterable[Domain],
        mailboxes: Iterable[Mailbox],
        aliases: Iterable[Alias],
        owner: EmailAddress | None = None,
    ) -> Self:
        """Flatten the accounts; ``owner`` gets the mail of ``postmaster@`` and ``abuse@`` where nobody else does."""
        houses = tuple(domains)
        directory = Directory.of(houses, mailboxes, aliases, owner)
        entries = flatten_all(directory)
        caught = ((name, directory.entry_of(target)) for name, target in directory.catch_alls.items())
        catch_alls = {name: entries[entry] for name, entry in caught if entry is not None}
        return cls(entries, catch_alls, frozenset(domain.name for domain in houses), owner)

    @classmethod
    def of(
        cls,
        published: Iterable[PublishedAddress],
        domains: Iterable[DomainName] = (),
        owner: EmailAddress | None = None,
    ) -> Self:
        """The table that was published, for the house's ``domains``."""
        entries: dict[EmailAddress, Flat] = {}
        catch_alls: dict[DomainName, Flat] = {}
        for one in published:
            flat = Flat(one.entry, one.mailboxes, one.refusal, one.path)
            if one.pattern.startswith("@"):
                catch_alls[DomainName(one.pattern[1:])] = flat
            else:
                entries[one.entry] = flat
        return cls(entries, catch_alls, frozenset(domains), owner)

    def __len__(self) -> int:
        """How many addresses have an entry of their own."""
        return len(self._entries)

    def __contains__(self, address: EmailAddress) -> bool:
        """Whether ``address`` itself has an entry (no tag, no catch-all)."""
        return address in self._entries

    def resolve(self, recipient: EmailAddress) -> Resolution:
        """The mailboxes for ``recipient``, or why there are none; from memory, never blocks."""
        found = self._entries.get(recipient)
        if found is not None:
            return Resolution(recipient, found.mailboxes, found.refusal, found.path)
        untagged = recipient.untagged
        found = self._entries.get(untagged)
        if found is not None:
            return _led(recipient, str(untagged), found)
        found = self._catch_alls.get(recipient.domain)
        if found is not None:
            return _led(recipient, f"catch-all of {recipient.domain} ({found.address})", found)
        return Resolution(recipient, refusal=RefusalReason.UNKNOWN)

    def postmaster(self) -> EmailAddress | None:
        """``postmaster@`` of the owner's domain, or of the first domain that has one; None in a house without any."""
        own = None if self._owner is None else EmailAddress(POSTMASTER, self._owner.domain)
        if own in self._entries:
            return own
        return min((address for address in self._entries if address.local == POSTMASTER), key=str, default=None)

    def may_send(self, login: EmailAddress, sender: EmailAddress) -> bool:
        """Whether ``sender``, its +tag aside, is the mailbox ``login`` or an alias that leads to it; no catch-all."""
        entry = self._entries.get(sender) or self._entries.get(sender.untagged)
        return entry is not None and login in entry.mailboxes

    def is_own(self, domain: DomainName) -> bool:
        """Whether mail for ``domain`` belongs into this house."""
        return domain in self._domains

    def edge_recipients(self, recipient_key: str) -> EdgeRecipients:
        """What the edge may know: hashes of the addresses under the recipient key, never the addresses."""
        cached = self._edge
        if cached is not None and cached[0] == recipient_key:
            return cached[1]
        text = "".join(f"{line}\n" for line in sorted(self._edge_entries(recipient_key)))
        made = EdgeRecipients(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:ADDRESS_HASH_CHARACTERS]}"')
        self._edge = (recipient_key, made)
        return made

    def _edge_entries(self, key: str) -> Iterable[str]:
        for address, flat in self._entries.items():
            # An alias that leads to disabled mailboxes only is refused like them: the sender should hear of it.
            kind = EDGE_REFUSES if flat.refusal is RefusalReason.DISABLED else EDGE_ACCEPTS
            yield f"{address_hash(key, str(address))} {kind}"
        for domain, flat in self._catch_alls.items():
            if flat.mailboxes:
                yield f"{address_hash(key, f'@{domain}')} {EDGE_CATCH_ALL}"


def _led(recipient: EmailAddress, via: str, found: Flat) -> Resolution:
    path: Sequence[str] = (f"{recipient} -> {via}", *found.path)
    return Resolution(recipient, found.mailboxes, found.refusal, tuple(path))
