"""Adding, showing, changing and removing mail domains."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from machiya.accounts.checks import require_domain, require_known
from machiya.accounts.model import Domain, Mailbox
from machiya.accounts.ports import AccountRepository, AccountsUnitOfWork, MailboxFiles, Sessions, WebmailPeople
from machiya.accounts.references import References, cut_references, find_references
from machiya.accounts.removing import put_aside, require_leaving, require_nothing_new
from machiya.accounts.sessions import NO_SESSIONS, log_out
from machiya.accounts.webmail import NO_WEBMAIL
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, MachiyaError, NotFound, Refused


@dataclass(frozen=True, slots=True)
class DomainView:
    """A domain and how many addresses it has."""

    domain: Domain
    mailboxes: int
    aliases: int


@dataclass(frozen=True, slots=True)
class DomainRemoval:
    """What removing a domain does; shown before, and returned after with where the mail of each mailbox went.

    ``open_sessions``: why mail programs may still be logged in; empty: none is.
    """

    name: DomainName
    mailboxes: tuple[EmailAddress, ...]
    aliases: tuple[EmailAddress, ...]
    references: References
    message_count: int
    mail_bytes: int
    owner_lives_here: bool = False
    retired_to: tuple[PurePath, ...] = ()
    open_sessions: str = ""


def add_domain(work: AccountsUnitOfWork, clock: Clock, name: DomainName) -> Domain:
    """Take a domain into the house.

    Raises:
        AlreadyExists: it is here.
    """
    with work:
        if work.accounts.domain(name) is not None:
            raise AlreadyExists(f"{name} is a domain of this house already", hint=f"machiya domain show {name}")
        domain = Domain(name=name, created_at=clock.now())
        work.accounts.save_domain(domain)
        work.commit()
    return domain


def list_domains(work: AccountsUnitOfWork) -> tuple[DomainView, ...]:
    """All domains, by name."""
    with work:
        return tuple(_view(work.accounts, domain) for domain in work.accounts.domains())


def show_domain(work: AccountsUnitOfWork, name: DomainName) -> DomainView:
    """One domain.

    Raises:
        NotFound: not a domain of this house.
    """
    with work:
        return _view(work.accounts, _existing(work.accounts, name))


def change_domain(work: AccountsUnitOfWork, name: DomainName, *, catch_all: EmailAddress | None) -> Domain:
    """Set (or with None end) the catch-all: who gets what no mailbox or alias of the domain takes.

    Raises:
        NotFound: no such domain, or no such address.
        InvalidInput: the address is outside of this house.
    """
    with work:
        domain = _existing(work.accounts, name)
        if catch_all is not None:
            require_known(work.accounts, catch_all, "the catch-all")
        changed = replace(domain, catch_all=catch_all)
        work.accounts.save_domain(changed)
        work.commit()
    return changed


def plan_domain_removal(
    work: AccountsUnitOfWork, files: MailboxFiles, name: DomainName, *, owner: EmailAddress | None = None
) -> DomainRemoval:
    """What ``remove_domain`` would do.

    Raises:
        NotFound: not a domain of this house.
        Refused: it has mailboxes, and from here mail cannot be put aside.
    """
    with work:
        return _plan(work.accounts, files, name, owner)


def remove_domain(
    work: AccountsUnitOfWork,
    files: MailboxFiles,
    name: DomainName,
    *,
    force: bool = False,
    owner: EmailAddress | None = None,
    sessions: Sessions = NO_SESSIONS,
    webmail: WebmailPeople = NO_WEBMAIL,
) -> DomainRemoval:
    """Remove a domain with all its addresses; mail is put aside, never deleted. In steps, as ``remove_mailbox``.

    Raises:
        NotFound: not a domain of this house.
        Refused: it has mailboxes, and ``force`` was not given or mail cannot be put aside from here.
        Unavailable: webmail's database cannot be reached, and nothing is changed; or some mail could not be moved,
            and the mailboxes are disabled.
        Conflict: meanwhile it was removed, a mailbox of it turned on, or something added; what is there now stays.
    """
    with work:
        plan = _plan(work.accounts, files, name, owner)
        domain, mailboxes = _existing(work.accounts, name), work.accounts.mailboxes(name)
        if plan.mailboxes and not force:
            raise Refused(
                f"{name} still has {len(plan.mailboxes)} mailboxes with {plan.message_count} messages",
                hint=f"Remove them first, or all at once: machiya domain remove {name} --force (mail is put aside).",
            )
        webmail.forget(plan.mailboxes)
        _close(work.accounts, plan)
        work.commit()
    still_open = log_out(sessions, plan.mailboxes)
    retired_to = _put_all_aside(work, files, mailboxes)
    with work:
        require_nothing_new(work.accounts, domain, mailboxes)
        for mailbox in mailboxes:
            require_leaving(work.accounts, files, mailbox)
        references = plan.references + cut_references(work.accounts, (*plan.mailboxes, *plan.aliases))
        for address in plan.mailboxes:
            work.accounts.remove_mailbox(address)
        work.accounts.remove_domain(name)
        work.commit()
    return replace(plan, references=references, retired_to=retired_to, open_sessions=still_open)


def _put_all_aside(work: AccountsUnitOfWork, files: MailboxFiles, mailboxes: Sequence[Mailbox]) -> tuple[PurePath, ...]:
    """Mail that cannot be moved lies where it was, and one such mailbox does not stop the others."""
    places: list[PurePath] = []
    failures: list[MachiyaError] = []
    for mailbox in mailboxes:
        try:
            places += put_aside(work, files, mailbox)
        except MachiyaError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return tuple(places)


def _existing(accounts: AccountRepository, name: DomainName) -> Domain:
    require_domain(accounts, name)
    domain = accounts.domain(name)
    if domain is None:
        raise NotFound(f"{name} has just been removed", hint="Somebody else is changing the accounts.")
    return domain


def _view(accounts: AccountRepository, domain: Domain) -> DomainView:
    return DomainView(domain, len(accounts.mailboxes(domain.name)), len(accounts.aliases(domain.name)))


def _plan(
    accounts: AccountRepository, files: MailboxFiles, name: DomainName, owner: EmailAddress | None
) -> DomainRemoval:
    _existing(accounts, name)
    boxes = tuple(mailbox.address for mailbox in accounts.mailboxes(name))
    others = tuple(alias.address for alias in accounts.aliases(name))
    if boxes:
        files.require_movable()
    return DomainRemoval(
        name=name,
        mailboxes=boxes,
        aliases=others,
        references=find_references(accounts, (*boxes, *others)),
        message_count=sum(files.message_count(address) for address in boxes),
        mail_bytes=sum(files.usage_bytes(address) for address in boxes),
        owner_lives_here=owner is not None and owner.domain == name,
    )


def _close(accounts: AccountRepository, plan: DomainRemoval) -> None:
    cut_references(accounts, (*plan.mailboxes, *plan.aliases))
    for address in plan.aliases:
        accounts.remove_alias(address)
    for mailbox in accounts.mailboxes(plan.name):
        accounts.save_mailbox(replace(mailbox, enabled=False))
