"""Who a mailbox belongs to: its password, and nothing else, opens usermgmt."""

from machiya.accounts.mailboxes import MailboxSaved, change_mailbox
from machiya.accounts.model import Mailbox
from machiya.accounts.ports import AccountsUnitOfWork, PasswordHasher, Sessions
from machiya.accounts.sessions import NO_SESSIONS
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput, Unauthorized


def verify_owner(work: AccountsUnitOfWork, hasher: PasswordHasher, address: EmailAddress, password: str) -> bool:
    """Whether ``password`` is that of the enabled mailbox ``address``; app passwords are for mail programs.

    Costs the same whether there is such a mailbox or not.
    """
    stored = _stored(work, address)
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
    """
    if not verify_owner(work, hasher, address, old):
        raise Unauthorized("that is not the present password", hint="Type the password that you log in with now.")
    if new == old:
        raise InvalidInput("the new password is the old one", hint="Take another.")
    return change_mailbox(work, hasher, address, password=new, sessions=sessions)


def _stored(work: AccountsUnitOfWork, address: EmailAddress) -> str:
    with work:
        mailbox: Mailbox | None = work.accounts.mailbox(address)
    return mailbox.password if mailbox is not None and mailbox.enabled else ""
