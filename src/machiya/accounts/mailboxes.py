"""Adding, showing, changing and removing mailboxes."""

from dataclasses import dataclass, field, replace
from pathlib import PurePath

from machiya.accounts.checks import check_mailbox_name, check_quota, require_domain, require_free, require_mailbox
from machiya.accounts.model import Mailbox
from machiya.accounts.passwords import check_password, generate_password
from machiya.accounts.ports import AccountsUnitOfWork, MailboxFiles, PasswordHasher, Sessions, WebmailPeople
from machiya.accounts.references import References, cut_references, find_references, pointing_at
from machiya.accounts.removing import put_aside, require_leaving
from machiya.accounts.sessions import NO_SESSIONS, log_out
from machiya.accounts.webmail import NO_WEBMAIL
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class MailboxSaved:
    """A mailbox as it is now; ``generated_password`` is known here only, to be shown to its owner once.

    ``open_sessions``: why mail programs may still be logged in that may no longer be; empty: none is.
    ``app_passwords``: how many open the mailbox besides its password; a new password does not end them.
    """

    mailbox: Mailbox
    generated_password: str | None = field(default=None, repr=False)
    open_sessions: str = ""
    app_passwords: int = 0


@dataclass(frozen=True, slots=True)
class MailboxView:
    """A mailbox, the aliases and catch-alls that lead to it directly, what it holds, and how many app passwords."""

    mailbox: Mailbox
    aliases: tuple[EmailAddress, ...]
    catch_all_of: tuple[DomainName, ...]
    message_count: int
    usage_bytes: int
    app_passwords: int = 0


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """What removing a mailbox does; shown before, and returned after with where its mail is now.

    ``open_sessions`` as in ``MailboxSaved``.
    """

    address: EmailAddress
    references: References
    is_owner: bool
    message_count: int
    mail_bytes: int
    retired_to: tuple[PurePath, ...] = ()
    open_sessions: str = ""


def add_mailbox(
    work: AccountsUnitOfWork,
    clock: Clock,
    hasher: PasswordHasher,
    address: EmailAddress,
    *,
    password: str | None = None,
    quota_bytes: int = 0,
) -> MailboxSaved:
    """Make a mailbox; without ``password`` one is generated.

    Raises:
        InvalidInput: the name, password or quota cannot be used.
        NotFound: its domain is not one of this house.
        AlreadyExists: the address is a mailbox or alias already.
    """
    check_mailbox_name(address)
    check_quota(quota_bytes)
    generated = generate_password() if password is None else None
    # Hashing takes its time on purpose: before the transaction, so that nobody waits for it.
    stored = _hashed(hasher, generated or password or "")
    with work:
        require_domain(work.accounts, address.domain)
        require_free(work.accounts, address)
        mailbox = Mailbox(address, clock.now(), stored, quota_bytes)
        work.accounts.save_mailbox(mailbox)
        work.commit()
    return MailboxSaved(mailbox, generated)


def list_mailboxes(work: AccountsUnitOfWork, domain: DomainName | None = None) -> tuple[Mailbox, ...]:
    """All mailboxes, or those of one domain, by address.

    Raises:
        NotFound: ``domain`` is not one of this house.
    """
    with work:
        if domain is not None:
            require_domain(work.accounts, domain)
        return work.accounts.mailboxes(domain)


def show_mailbox(work: AccountsUnitOfWork, files: MailboxFiles, address: EmailAddress) -> MailboxView:
    """One mailbox.

    Raises:
        NotFound: there is none.
    """
    with work:
        mailbox = require_mailbox(work.accounts, address)
        aliases = pointing_at(work.accounts, address)
        domains = tuple(d.name for d in work.accounts.domains() if d.catch_all and d.catch_all.untagged == address)
        devices = len(work.accounts.app_passwords(address))
    return MailboxView(mailbox, aliases, domains, files.message_count(address), files.usage_bytes(address), devices)


def change_mailbox(
    work: AccountsUnitOfWork,
    hasher: PasswordHasher,
    address: EmailAddress,
    *,
    password: str | None = None,
    generate: bool = False,
    quota_bytes: int | None = None,
    enabled: bool | None = None,
    app_passwords_required: bool | None = None,
    sessions: Sessions = NO_SESSIONS,
) -> MailboxSaved:
    """Change what is given, leave the rest; ``generate`` makes a new password.

    A new password, being disabled and requiring app passwords log out every mail program.

    Raises:
        InvalidInput: the password or quota cannot be used, or both a password and ``generate`` were given.
        NotFound: there is no such mailbox.
    """
    if generate and password is not None:
        raise InvalidInput("a password was given and one should be generated", hint="Choose one of the two.")
    check_quota(quota_bytes or 0)
    generated = generate_password() if generate else None
    wanted = generated if generate else password
    stored = None if wanted is None else _hashed(hasher, wanted)
    with work:
        before = require_mailbox(work.accounts, address)
        changed = replace(
            before,
            password=before.password if stored is None else stored,
            quota_bytes=before.quota_bytes if quota_bytes is None else quota_bytes,
            enabled=before.enabled if enabled is None else enabled,
            app_passwords_required=before.app_passwords_required
            if app_passwords_required is None
            else app_passwords_required,
        )
        work.accounts.save_mailbox(changed)
        app_passwords = len(work.accounts.app_passwords(address))
        work.commit()
    ended = [address] if stored is not None or enabled is False or app_passwords_required else []
    return MailboxSaved(changed, generated, log_out(sessions, ended), app_passwords)


def plan_mailbox_removal(
    work: AccountsUnitOfWork, files: MailboxFiles, address: EmailAddress, *, owner: EmailAddress | None = None
) -> RemovalReport:
    """What ``remove_mailbox`` would do; ``owner`` is the address that the settings name.

    Raises:
        NotFound: there is no such mailbox.
        Refused: from here mail cannot be put aside.
    """
    files.require_movable()
    with work:
        require_mailbox(work.accounts, address)
        references = find_references(work.accounts, (address,))
    return _report(files, address, references, owner)


def remove_mailbox(
    work: AccountsUnitOfWork,
    files: MailboxFiles,
    address: EmailAddress,
    *,
    owner: EmailAddress | None = None,
    sessions: Sessions = NO_SESSIONS,
    webmail: WebmailPeople = NO_WEBMAIL,
) -> RemovalReport:
    """Remove a mailbox and everything that points to it; its mail is put aside, never deleted.

    First it is disabled, last it is gone: somebody else can have the address only when the mail lies elsewhere. What
    is cut off in between goes on when it is done again, and then tells of mail that was put aside before, too.

    Raises:
        NotFound: there is no such mailbox.
        Refused: from here mail cannot be put aside; nothing is changed.
        Unavailable: webmail's database cannot be reached, and nothing is changed; or its mail could not be moved, and
            it is disabled.
        Conflict: meanwhile it was removed or turned on, or mail came; what is there now stays.
    """
    files.require_movable()
    with work:
        mailbox = require_mailbox(work.accounts, address)
        references = cut_references(work.accounts, (address,))
        report = _report(files, address, references, owner)
        webmail.forget([address])
        work.accounts.save_mailbox(replace(mailbox, enabled=False))
        work.commit()
    still_open = log_out(sessions, [address])
    places = put_aside(work, files, mailbox)
    with work:
        require_leaving(work.accounts, files, mailbox)
        references += cut_references(work.accounts, (address,))
        work.accounts.remove_mailbox(address)
        work.commit()
    return replace(report, references=references, retired_to=places, open_sessions=still_open)


def _report(
    files: MailboxFiles, address: EmailAddress, references: References, owner: EmailAddress | None
) -> RemovalReport:
    return RemovalReport(
        address=address,
        references=references,
        is_owner=owner is not None and owner.untagged == address,
        message_count=files.message_count(address),
        mail_bytes=files.usage_bytes(address),
    )


def _hashed(hasher: PasswordHasher, password: str) -> str:
    check_password(password)
    return hasher.hash(password)
