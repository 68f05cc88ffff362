"""Adding, showing, changing and removing aliases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from machiya.accounts.checks import require_domain, require_free, require_known
from machiya.accounts.flatten import Directory, find_loop, flatten_all
from machiya.accounts.model import Alias
from machiya.accounts.ports import AccountRepository, AccountsUnitOfWork
from machiya.accounts.references import References, cut_references, find_references
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import InvalidInput, NotFound, Refused


@dataclass(frozen=True, slots=True)
class AliasView:
    """An alias and the mailboxes its mail reaches in the end."""

    alias: Alias
    mailboxes: tuple[EmailAddress, ...]


@dataclass(frozen=True, slots=True)
class AliasRemoval:
    """What removing an alias does; shown before and returned after."""

    address: EmailAddress
    references: References


def add_alias(work: AccountsUnitOfWork, clock: Clock, address: EmailAddress, targets: Sequence[EmailAddress]) -> Alias:
    """Let ``address`` stand for ``targets``.

    Raises:
        InvalidInput: no target, itself, or an address outside of this house.
        NotFound: the domain or a target does not exist.
        AlreadyExists: the address is a mailbox or alias already.
        Refused: it would lead back to itself; the chain is shown.
    """
    with work:
        require_domain(work.accounts, address.domain)
        require_free(work.accounts, address)
        alias = Alias(address, _checked(work.accounts, address, targets), clock.now())
        _save(work, alias)
    return alias


def list_aliases(work: AccountsUnitOfWork, domain: DomainName | None = None) -> tuple[Alias, ...]:
    """All aliases, or those of one domain, by address.

    Raises:
        NotFound: ``domain`` is not one of this house.
    """
    with work:
        if domain is not None:
            require_domain(work.accounts, domain)
        return work.accounts.aliases(domain)


def show_alias(work: AccountsUnitOfWork, address: EmailAddress) -> AliasView:
    """One alias.

    Raises:
        NotFound: there is none.
    """
    with work:
        alias = _existing(work.accounts, address)
        return AliasView(alias, flatten_all(_directory(work.accounts))[address].mailboxes)


def change_alias(work: AccountsUnitOfWork, address: EmailAddress, targets: Sequence[EmailAddress]) -> Alias:
    """Replace all targets.

    Raises:
        InvalidInput: no target, itself, or an address outside of this house.
        NotFound: the alias or a target does not exist.
        Refused: it would lead back to itself; the chain is shown.
    """
    with work:
        before = _existing(work.accounts, address)
        alias = replace(before, targets=_checked(work.accounts, address, targets))
        _save(work, alias)
    return alias


def plan_alias_removal(work: AccountsUnitOfWork, address: EmailAddress) -> AliasRemoval:
    """What ``remove_alias`` would do.

    Raises:
        NotFound: there is no such alias.
    """
    with work:
        _existing(work.accounts, address)
        return AliasRemoval(address, find_references(work.accounts, (address,)))


def remove_alias(work: AccountsUnitOfWork, address: EmailAddress) -> AliasRemoval:
    """Remove an alias and everything that points to it.

    Raises:
        NotFound: there is no such alias.
    """
    with work:
        _existing(work.accounts, address)
        references = cut_references(work.accounts, (address,))
        work.accounts.remove_alias(address)
        work.commit()
    return AliasRemoval(address, references)


def _save(work: AccountsUnitOfWork, alias: Alias) -> None:
    work.accounts.save_alias(alias)
    loop = find_loop(_directory(work.accounts), alias.address)
    if loop:
        raise Refused(
            f"{alias.address} would lead back to itself: {' -> '.join(map(str, loop))}",
            hint="Name the mailbox that should have the mail in the end.",
        )
    work.commit()


def _directory(accounts: AccountRepository) -> Directory:
    return Directory.of(accounts.domains(), accounts.mailboxes(), accounts.aliases())


def _checked(
    accounts: AccountRepository, address: EmailAddress, targets: Sequence[EmailAddress]
) -> tuple[EmailAddress, ...]:
    if not targets:
        raise InvalidInput(f"the alias {address} has no target", hint="Name at least one mailbox of this house.")
    for target in targets:
        if address in {target, target.untagged}:
            raise InvalidInput(f"the alias {address} cannot point to itself", hint="Name another mailbox.")
        require_known(accounts, target, "the alias target")
    return tuple(dict.fromkeys(targets))


def _existing(accounts: AccountRepository, address: EmailAddress) -> Alias:
    alias = accounts.alias(address)
    if alias is None:
        hint = f"It is a mailbox: machiya mailbox show {address}" if accounts.mailbox(address) else ""
        raise NotFound(f"there is no alias {address}", hint=hint or "machiya alias list shows all.")
    return alias
