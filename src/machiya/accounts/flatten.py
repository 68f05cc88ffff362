"""Following aliases to mailboxes, whatever their graph looks like."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from machiya.accounts.components import components
from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.recipients import RefusalReason

PATH_STEPS = 20
POSTMASTER = "postmaster"
ROLES = (POSTMASTER, "abuse")


@dataclass(frozen=True, slots=True)
class Flat:
    """What an entry comes to: enabled mailboxes, each once, in the order of the targets; or why there are none.

    ``path``: the first 20 steps; ``loops``: something on the way leads back to itself.
    """

    address: EmailAddress
    mailboxes: tuple[EmailAddress, ...] = ()
    refusal: RefusalReason | None = None
    path: tuple[str, ...] = ()
    loops: bool = False


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
        """Index the accounts, in whatever order they come, and add the role addresses that every domain must have."""
        houses = sorted(domains, key=lambda domain: domain.name)
        explicit = cls(
            enabled={
                mailbox.address: mailbox.enabled for mailbox in sorted(mailboxes, key=lambda box: str(box.address))
            },
            aliases={alias.address: alias.targets for alias in sorted(aliases, key=lambda alias: str(alias.address))},
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


def flatten_all(directory: Directory) -> dict[EmailAddress, Flat]:
    """Every entry of the directory, flattened; what is on a loop gets what leads out of it."""
    graph = {entry: tuple(_followed(directory, entry)) for entry in directory.addresses()}
    flat: dict[EmailAddress, Flat] = {}
    for members in components(graph):
        loop = frozenset(members)
        met = [flat[entry] for member in members for entry in graph[member] if entry not in loop]
        loops = len(members) > 1 or members[0] in graph[members[0]] or any(one.loops for one in met)
        flat |= {member: _flat(directory, member, met, loops=loops) for member in members}
    return flat


def _flat(directory: Directory, entry: EmailAddress, met: Sequence[Flat], *, loops: bool) -> Flat:
    if entry in directory.enabled:
        enabled = directory.enabled[entry]
        return Flat(entry, (entry,) if enabled else (), None if enabled else RefusalReason.DISABLED)
    mailboxes = tuple(dict.fromkeys(mailbox for one in met for mailbox in one.mailboxes))
    disabled = any(one.refusal is RefusalReason.DISABLED for one in met)
    otherwise = RefusalReason.DISABLED if disabled else RefusalReason.UNKNOWN
    refusal = None if mailboxes else RefusalReason.ALIAS_LOOP if loops else otherwise
    step = f"{entry} -> {', '.join(map(str, directory.aliases[entry]))}"
    steps = dict.fromkeys((step, *(further for one in met for further in one.path)))
    return Flat(entry, mailboxes, refusal, tuple(steps)[:PATH_STEPS], loops)


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
    entry = None if owner is None else explicit.entry_of(owner)
    reached = entry is not None and bool(flatten_all(explicit)[entry].mailboxes)
    for domain in houses:
        target = owner if reached else first.get(domain.name, anybody)
        for role in ROLES:
            address = EmailAddress(role, domain.name)
            if target is not None and address not in explicit.enabled:
                yield address, (target,)
