"""Showing and changing the rules of a mailbox.

Each change is active with its commit: Dovecot reads what the house publishes, and nothing has to be brought to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from machiya.accounts.ports import AccountRepository, AccountsUnitOfWork
from machiya.accounts.rules.checks import check_whole, checked_filters, checked_forwarding, checked_vacation
from machiya.accounts.rules.loops import Streets, check_target
from machiya.accounts.rules.model import Filter, Forwarding, Rules, RulesSaved, Vacation, Warned
from machiya.core.addresses import EmailAddress
from machiya.core.errors import NotFound, Refused


class MailboxRules:
    """The use cases below, in a house that carries rules out or does not.

    Args:
        work: the transaction of each call.
        carried_out: whether Dovecot delivers the mail of this house.
    """

    def __init__(self, work: AccountsUnitOfWork, *, carried_out: bool) -> None:
        self._work = work
        self._carried_out = carried_out

    def show(self, address: EmailAddress) -> Rules:
        """As ``show_rules``."""
        return show_rules(self._work, address)

    def set_vacation(self, address: EmailAddress, vacation: Vacation | None) -> RulesSaved:
        """As ``set_vacation``; ``Refused`` where nothing carries it out."""
        self._require()
        return set_vacation(self._work, address, vacation)

    def set_forwarding(self, address: EmailAddress, forwarding: Forwarding | None) -> RulesSaved:
        """As ``set_forwarding``; ``Refused`` where nothing carries it out."""
        self._require()
        return set_forwarding(self._work, address, forwarding)

    def set_filters(self, address: EmailAddress, filters: Sequence[Filter]) -> RulesSaved:
        """As ``set_filters``; ``Refused`` where nothing carries it out."""
        self._require()
        return set_filters(self._work, address, filters)

    def _require(self) -> None:
        if not self._carried_out:
            raise Refused(
                "this house carries out no rules: it has no Dovecot",
                hint='Vacation, forwarding and filters need house.engine = "docker".',
            )


def show_rules(work: AccountsUnitOfWork, address: EmailAddress) -> Rules:
    """The rules of a mailbox; empty ones if it has none.

    Raises:
        NotFound: there is no such mailbox.
    """
    with work:
        return _existing(work.accounts, address)


def set_vacation(work: AccountsUnitOfWork, address: EmailAddress, vacation: Vacation | None) -> RulesSaved:
    """Replace the vacation; None removes it.

    Raises:
        InvalidInput: something in it cannot be used.
        NotFound: there is no such mailbox.
    """
    checked = checked_vacation(vacation) if vacation else None
    with work:
        return _save(work, replace(_existing(work.accounts, address), vacation=checked))


def set_forwarding(work: AccountsUnitOfWork, address: EmailAddress, forwarding: Forwarding | None) -> RulesSaved:
    """Replace the forwarding; None removes it.

    Raises:
        InvalidInput: something in it cannot be used.
        NotFound: there is no such mailbox, or a target in this house does not exist.
        Refused: it leads back, and nobody on the way would keep the mail.
    """
    checked = checked_forwarding(forwarding) if forwarding else None
    with work:
        rules = replace(_existing(work.accounts, address), forwarding=checked)
        return _save(work, rules, _forwarding_warnings(work.accounts, rules))


def set_filters(work: AccountsUnitOfWork, address: EmailAddress, filters: Sequence[Filter]) -> RulesSaved:
    """Replace all filters, in this order.

    Raises:
        InvalidInput: something in one cannot be used; the message names it.
        NotFound: there is no such mailbox, or an address to forward to does not exist in this house.
        Refused: a copy would come back to this mailbox.
    """
    checked = checked_filters(filters)
    with work:
        rules = replace(_existing(work.accounts, address), filters=checked)
        return _save(work, rules, _filter_warnings(work.accounts, rules))


def _existing(accounts: AccountRepository, address: EmailAddress) -> Rules:
    if accounts.mailbox(address) is None:
        raise NotFound(f"there is no mailbox {address}", hint="machiya mailbox list shows all.")
    return accounts.rules(address) or Rules(address)


def _save(work: AccountsUnitOfWork, rules: Rules, warnings: Iterable[Warned] = ()) -> RulesSaved:
    check_whole(rules)
    told = tuple(dict.fromkeys(warnings))
    work.accounts.save_rules(rules)
    work.commit()
    return RulesSaved(rules, told)


def _forwarding_warnings(accounts: AccountRepository, rules: Rules) -> Iterator[Warned]:
    found = rules.forwarding
    if found is None or not found.enabled:
        return
    streets = Streets.of(accounts)
    for target in found.targets:
        yield from check_target(streets, rules.address, target, keeps=found.keep_copy)
    if not found.keep_copy:
        yield Warned("no_copy_left", f"no copy of new mail stays in {rules.address}")


def _filter_warnings(accounts: AccountRepository, rules: Rules) -> Iterator[Warned]:
    targets = dict.fromkeys(target for one in rules.filters if one.enabled for target in one.forward_to)
    if not targets:
        return
    streets = Streets.of(accounts)
    for target in targets:
        yield from check_target(streets, rules.address, target, keeps=True)
