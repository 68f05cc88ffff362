"""Following aliases to mailboxes, whatever their graph looks like."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.recipients import RefusalReason

PATH_STEPS = 20
ROLES = ("postmaster", "abuse")


@dataclass(frozen=True, slots=True)
class Flat:
    """What one address comes to: enabled mailboxes, each once, nearest first; or why there are none."""

    address: EmailAddress
    mailboxes: tuple[EmailAddress, ...] = ()
    refusal: RefusalReason | None = None
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """The accounts as look-up tables; ``enabled`` says of each mailbox whether it takes mail."""

    enabled: Mapping[EmailAddress, bool]
    aliases: Mapping[EmailAddress, tuple[EmailAddress, ...]]
    catch_alls: Mapping[DomainName, EmailAddress]

    @classmethod
    def of(
        cls,
        domains: Iterable[Domain],
        mailboxes: Iterable[Mailbox],
        aliases: Iterable[Alias],
        owner: EmailAddress | None = None,
    ) -> Self:
        """Index the accounts and add the role addresses that every domain must have."""
        houses = sorted(domains, key=lambda domain: domain.name)
        explicit = cls(
            enabled={
                mailbox.address: mailbox.enabled for mailbox in sorted(mailboxes, key=lambda box: str(box.address))
            },
            aliases={alias.address: alias.targets for alias in aliases},
            catch_alls={domain.name: domain.catch_all for domain in houses if domain.catch_all is not None},
        )
        roles = dict(_roles(explicit, houses, owner))
        return cls(explicit.enabled, {**roles, **explicit.aliases}, explicit.catch_alls)

    def addresses(self) -> Iterator[EmailAddress]:
        """Every address with an entry of its own."""
        yield from self.enabled
        yield from self.aliases

    def entry_of(self, address: EmailAddress) -> EmailAddress | None:
        """The entry that decides about ``address``: itself, its untagged form, or its domain's catch-all's entry."""
        for candidate in (address, address.untagged):
            if candidate in self.enabled or candidate in self.aliases:
                return candidate
        catch_all = self.catch_alls.get(address.domain)
        if catch_all is None:
            return None
        known = (entry for entry in (catch_all, catch_all.untagged) if entry in self.enabled or entry in self.aliases)
        return next(known, None)


@dataclass(slots=True)
class _Walk:
    """What was met on the way from one address."""

    mailboxes: list[EmailAddress] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    seen: set[EmailAddress] = field(default_factory=set)
    disabled: bool = False


def flatten(directory: Directory, address: EmailAddress) -> Flat:
    """Follow ``address`` breadth first and each entry once, so that this ends on any graph."""
    walk = _Walk()
    level = [address]
    while level:
        level = [target for start in level for target in _step(directory, walk, start)]
    mailboxes = tuple(walk.mailboxes)
    refusal = None if mailboxes else _refusal(directory, walk, address)
    return Flat(address, mailboxes, refusal, tuple(walk.path))


def _step(directory: Directory, walk: _Walk, address: EmailAddress) -> tuple[EmailAddress, ...]:
    """Note ``address``; what is to be followed from it."""
    entry = directory.entry_of(address)
    if entry is None or entry in walk.seen:
        return ()
    walk.seen.add(entry)
    if entry in directory.aliases and entry not in directory.enabled:
        targets = directory.aliases[entry]
        if len(walk.path) < PATH_STEPS:
            walk.path.append(f"{entry} -> {', '.join(map(str, targets))}")
        return targets
    if directory.enabled[entry]:
        walk.mailboxes.append(entry)
    else:
        walk.disabled = True
    return ()


def _refusal(directory: Directory, walk: _Walk, address: EmailAddress) -> RefusalReason:
    if find_loop(directory, address):
        return RefusalReason.ALIAS_LOOP
    return RefusalReason.DISABLED if walk.disabled else RefusalReason.UNKNOWN


def find_loop(directory: Directory, start: EmailAddress) -> tuple[EmailAddress, ...]:
    """A chain of entries from ``start`` that comes back to one of its own, that one at its end; empty if none does."""
    first = directory.entry_of(start)
    chain: list[EmailAddress] = [] if first is None else [first]
    pending = [_followed(directory, entry) for entry in chain]
    done: set[EmailAddress] = set()
    while pending:
        following = next(pending[-1], None)
        if following is None:
            pending.pop()
            done.add(chain.pop())
        elif following in chain:
            return (*chain, following)
        elif following not in done:
            chain.append(following)
            pending.append(_followed(directory, following))
    return ()


def _followed(directory: Directory, entry: EmailAddress) -> Iterator[EmailAddress]:
    targets = () if entry in directory.enabled else directory.aliases.get(entry, ())
    return (found for target in targets if (found := directory.entry_of(target)) is not None)


def _roles(
    explicit: Directory, houses: Iterable[Domain], owner: EmailAddress | None
) -> Iterator[tuple[EmailAddress, tuple[EmailAddress, ...]]]:
    """Source: RFC 5321 §4.5.1 (postmaster), RFC 2142 §4 (abuse)."""
    first: dict[DomainName, EmailAddress] = {}
    for address in (box for box, enabled in explicit.enabled.items() if enabled):
        first.setdefault(address.domain, address)
    anybody = next(iter(first.values()), None)
    reached = owner is not None and bool(flatten(explicit, owner).mailboxes)
    for domain in houses:
        target = owner if reached else first.get(domain.name, anybody)
        for role in ROLES:
            address = EmailAddress(role, domain.name)
            if target is not None and address not in explicit.enabled:
                yield address, (target,)
