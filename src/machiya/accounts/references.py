"""What points to an address, and what becomes of it when the address goes."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TypeVar

from machiya.accounts.model import Alias, Domain
from machiya.accounts.ports import AccountRepository
from machiya.core.addresses import DomainName, EmailAddress

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class References:
    """``aliases_changed`` lose a target, ``aliases_removed`` lose their last one, ``catch_alls`` end."""

    aliases_changed: tuple[EmailAddress, ...] = ()
    aliases_removed: tuple[EmailAddress, ...] = ()
    catch_alls: tuple[DomainName, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.aliases_changed or self.aliases_removed or self.catch_alls)

    def __add__(self, later: "References") -> "References":
        """These, and what was cut after them."""
        removed = _joined(self.aliases_removed, later.aliases_removed)
        changed = _joined(self.aliases_changed, later.aliases_changed)
        return References(
            aliases_changed=tuple(address for address in changed if address not in removed),
            aliases_removed=removed,
            catch_alls=_joined(self.catch_alls, later.catch_alls),
        )


def _joined(earlier: tuple[T, ...], later: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*earlier, *later)))


class _Web:
    """All aliases and catch-alls, and which entry each of their targets means."""

    def __init__(self, accounts: AccountRepository) -> None:
        self.aliases = accounts.aliases()
        self.domains = accounts.domains()
        self._known = {alias.address for alias in self.aliases}

    def entry(self, target: EmailAddress) -> EmailAddress:
        """An alias may be written with a tag; else the address without its tag decides."""
        return target if target in self._known else target.untagged

    def left(self, alias: Alias, gone: AbstractSet[EmailAddress]) -> tuple[EmailAddress, ...]:
        """The targets that stay."""
        return tuple(target for target in alias.targets if self.entry(target) not in gone)

    def emptied(self, gone: AbstractSet[EmailAddress]) -> set[EmailAddress]:
        """Aliases that stay so far and have no target left."""
        return {alias.address for alias in self.aliases if alias.address not in gone and not self.left(alias, gone)}

    def ending(self, gone: AbstractSet[EmailAddress]) -> tuple[Domain, ...]:
        """Domains that lose their catch-all."""
        return tuple(d for d in self.domains if d.catch_all is not None and self.entry(d.catch_all) in gone)


def find_references(accounts: AccountRepository, going: Collection[EmailAddress]) -> References:
    """Everything that points to one of ``going``; aliases that are themselves among them are not named."""
    web, gone = _Web(accounts), set(going)
    while emptied := {
        alias.address for alias in web.aliases if alias.address not in gone and not web.left(alias, gone)
    }:
        gone |= emptied
    staying = [alias for alias in web.aliases if alias.address not in gone]
    return References(
        aliases_changed=tuple(alias.address for alias in staying if web.left(alias, gone) != alias.targets),
        aliases_removed=tuple(alias.address for alias in web.aliases if alias.address in gone.difference(going)),
        catch_alls=tuple(domain.name for domain in web.ending(gone)),
    )


def cut_references(accounts: AccountRepository, going: Collection[EmailAddress]) -> References:
    """Remove what ``find_references`` finds; what is said is what was done."""
    found, web = find_references(accounts, going), _Web(accounts)
    gone = {*going, *found.aliases_removed}
    for alias in web.aliases:
        if alias.address in found.aliases_changed:
            accounts.save_alias(replace(alias, targets=web.left(alias, gone)))
    for address in found.aliases_removed:
        accounts.remove_alias(address)
    for domain in web.ending(gone):
        accounts.save_domain(replace(domain, catch_all=None))
    return found


def pointing_at(accounts: AccountRepository, address: EmailAddress) -> tuple[EmailAddress, ...]:
    """The aliases that name ``address`` as a target."""
    web = _Web(accounts)
    return tuple(alias.address for alias in web.aliases if address in map(web.entry, alias.targets))
