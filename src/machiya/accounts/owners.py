"""Who a mailbox belongs to: its password, and nothing else, opens usermgmt."""

from dataclasses import replace

from machiya.accounts.mailboxes import MailboxSaved
from machiya.accounts.passwords import check_password
from machiya.accounts.ports import AccountRepository, AccountsUnitOfWork, PasswordHasher, Sessions
from machiya.accounts.sessions import NO_SESSIONS, log_out
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict, InvalidInput, Unauthorized


def verify_owner(work: AccountsUnitOfWork, hasher: PasswordHasher, address: EmailAddress, password: str) -> bool:
    """Whether ``password`` is that of the enabled mailbox ``address``; app passwords are for mail programs.

    Costs the same whether there is such a mailbox or not.
    """
    with work:
        stored = _stored(work.accounts, address)
    # Hashing takes its time on purpose: outside of the transaction, so that nobody waits for it.
    return hasher.verify(stored, password)


def change_own_password(
    work: AccountsUnitOfWork,
    hasher: PasswordHasher,
    address: EmailAddress,
    old: str,
    new: str,
    *,
    sessions: Sessions = NO_SESSIONS,
) -> MailboxSaved:
    """The owner's new password. Mail programs are logged out; app passwords live on, ``app_passwords`` says how many.

    Raises:
        Unauthorized: ``old`` is not the password, or the mailbox is disabled or not there.
        InvalidInput: ``new`` cannot be used.
        Conflict: somebody else has changed the password meanwhile.
    """
    with work:
        stored = _stored(work.accounts, address)
    if not hasher.verify(stored, old):
        raise Unauthorized("that is not the present password", hint="Type the password that you log in with now.")
    if new == old:
        raise InvalidInput("the new password is the old one", hint="Take another.")
    check_password(new)
    changed = hasher.hash(new)
    with work:
        before = work.accounts.mailbox(address)
        if before is None or _stored(work.accounts, address) != stored:
            raise Conflict("the mailbox has been changed meanwhile", hint="Log in again, then change the password.")
        saved = MailboxSaved(replace(before, password=changed), app_passwords=len(work.accounts.app_passwords(address)))
        work.accounts.save_mailbox(saved.mailbox)
        work.commit()
    return replace(saved, open_sessions=log_out(sessions, [address]))


def _stored(accounts: AccountRepository, address: EmailAddress) -> str:
    mailbox = accounts.mailbox(address)
    return mailbox.password if mailbox is not None and mailbox.enabled else ""
