"""Where forwarding leads inside the house, and whether it comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from machiya.accounts.flatten import Directory, Flat, flatten_all
from machiya.accounts.ports import AccountRepository
from machiya.accounts.rules.model import Forwarding, Rules, Warned
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import NotFound, Refused
from machiya.core.recipients import RefusalReason


@dataclass(frozen=True, slots=True)
class Streets:
    """The addresses of the house, and who forwards to whom."""

    domains: frozenset[DomainName]
    directory: Directory
    entries: Mapping[EmailAddress, Flat]
    forwarding: Mapping[EmailAddress, Forwarding]

    @classmethod
    def of(cls, accounts: AccountRepository) -> Self:
        """As the accounts say now."""
        domains = accounts.domains()
        directory = Directory.of(domains, accounts.mailboxes(), accounts.aliases())
        active = {one.address: one.forwarding for one in accounts.all_rules() if _forwards(one)}
        forwarding = {address: found for address, found in active.items() if found}
        return cls(frozenset(one.name for one in domains), directory, flatten_all(directory), forwarding)

    def flat(self, target: EmailAddress) -> Flat | None:
        """What ``target`` comes to in this house; None outside.

        Raises:
            NotFound: its domain is ours, and nobody gets mail for it.
        """
        if target.domain not in self.domains:
            return None
        entry = self.directory.entry_of(target)
        if entry is None:
            raise NotFound(
                f"{target} is neither a mailbox nor an alias here", hint="machiya mailbox list shows the mailboxes."
            )
        return self.entries[entry]

    def way_back(self, start: EmailAddress, target: EmailAddress) -> tuple[EmailAddress, ...]:
        """The mailboxes from ``target`` on whose forwarding leads to ``start``; empty if none does."""
        pending: list[tuple[EmailAddress, ...]] = [(box,) for box in self._reached(target)]
        seen: set[EmailAddress] = set()
        while pending:
            chain = pending.pop()
            if chain[-1] == start:
                return chain
            if chain[-1] not in seen:
                seen.add(chain[-1])
                pending += [(*chain, box) for box in self._next(chain[-1])]
        return ()

    def _next(self, mailbox: EmailAddress) -> Iterator[EmailAddress]:
        found = self.forwarding.get(mailbox)
        for target in found.targets if found else ():
            yield from self._reached(target)

    def _reached(self, target: EmailAddress) -> tuple[EmailAddress, ...]:
        entry = self.directory.entry_of(target) if target.domain in self.domains else None
        return self.entries[entry].mailboxes if entry else ()


def check_target(streets: Streets, start: EmailAddress, target: EmailAddress, *, keeps: bool) -> Iterator[Warned]:
    """Warnings about ``start`` forwarding to ``target``; ``keeps``: a copy stays in ``start``.

    Raises:
        NotFound: there is no such address in this house.
        Refused: it leads straight back, or goes round without anybody keeping a copy.
    """
    flat = streets.flat(target)
    if flat is None:
        told = f"mail for {target} leaves this house under the address {start}; replies go to the one who wrote it"
        yield Warned("outside", told, target)
        return
    if start in flat.mailboxes:
        way = f"{target} leads to {start}" if target != start else f"{target} is this mailbox"
        raise Refused(f"this mailbox would forward to itself: {way}", hint="Name another address.")
    if flat.refusal is RefusalReason.DISABLED:
        yield Warned("disabled", f"{target} is disabled and takes no mail now", target)
    chain = streets.way_back(start, target)
    if chain:
        yield _round(streets, start, target, chain, keeps=keeps)


def _round(
    streets: Streets, start: EmailAddress, target: EmailAddress, chain: tuple[EmailAddress, ...], *, keeps: bool
) -> Warned:
    shown = " → ".join(map(str, (start, *chain)))
    kept = keeps or any(streets.forwarding[box].keep_copy for box in chain[:-1])
    if not kept:
        raise Refused(
            f"mail would go round and nobody would have it: {shown}", hint="Keep a copy, or name another address."
        )
    return Warned("loop", f"the forwarding goes round: {shown}", target)


def _forwards(rules: Rules) -> bool:
    return rules.forwarding is not None and rules.forwarding.enabled
