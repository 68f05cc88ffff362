"""Between the steps of a removal: what was turned off is put aside and goes only while it still is what it was.

The first step turns mailboxes off and is committed. Until the last one anybody may act on the same addresses: remove
them, make them anew, turn them on, or point something to them.
"""

from collections.abc import Sequence
from pathlib import PurePath

from machiya.accounts.model import Domain, Mailbox
from machiya.accounts.ports import AccountRepository, AccountsUnitOfWork, MailboxFiles
from machiya.core.errors import Conflict


def put_aside(work: AccountsUnitOfWork, files: MailboxFiles, mailbox: Mailbox) -> tuple[PurePath, ...]:
    """Move the mail of a mailbox that is turned off; where it lies, with what a removal that was cut off had moved.

    Inside a transaction, since writers stand in line: what is moved belongs to nobody who came after.

    Raises:
        Conflict: it was removed or turned on meanwhile; nothing is moved.
        Unavailable: its mail could not be moved.
    """
    import structlog  # noqa: PLC0415 – the command line starts without it

    with work:
        _require_turned_off(work.accounts, files, mailbox)
        files.retire(mailbox.address)
    places = files.retired_since(mailbox.address, mailbox.created_at)
    structlog.get_logger().info(
        "mailbox.put_aside", mailbox=str(mailbox.address), places=[str(place) for place in places]
    )
    return places


def require_leaving(accounts: AccountRepository, files: MailboxFiles, mailbox: Mailbox) -> None:
    """The last look before the row goes.

    Raises:
        Conflict: it was removed or turned on meanwhile, or mail came; nothing is changed.
    """
    _require_turned_off(accounts, files, mailbox)
    if files.message_count(mailbox.address):
        raise Conflict(
            f"mail came to {mailbox.address} while it was being removed, so it stays, turned off",
            hint="Remove it again: that puts this mail aside, too.",
        )


def require_nothing_new(accounts: AccountRepository, domain: Domain, mailboxes: Sequence[Mailbox]) -> None:
    """The domain is the one that was planned for, and nobody moved in.

    Raises:
        Conflict: it is not, or somebody did; nothing is changed.
    """
    found = accounts.domain(domain.name)
    if found is None or found.created_at != domain.created_at:
        raise Conflict(
            f"{domain.name} was removed by somebody else meanwhile",
            hint="If there is a domain of that name now, it is a new one, and nothing of it was touched.",
        )
    planned = {mailbox.address for mailbox in mailboxes}
    addresses = [mailbox.address for mailbox in accounts.mailboxes(domain.name)]
    addresses += [alias.address for alias in accounts.aliases(domain.name)]
    if new := [str(address) for address in addresses if address not in planned]:
        raise Conflict(
            f"while {domain.name} was being removed, somebody added {', '.join(new)}, so it stays",
            hint="Its former mailboxes are turned off, and their mail is put aside. Remove it again: that goes on, "
            "with what is new.",
        )


def _require_turned_off(accounts: AccountRepository, files: MailboxFiles, mailbox: Mailbox) -> None:
    found = accounts.mailbox(mailbox.address)
    if found is None or found.created_at != mailbox.created_at:
        raise Conflict(
            f"{mailbox.address} was removed by somebody else meanwhile",
            hint=f"If there is one of that address now, it is a new one, and nothing of it was touched. "
            f"Where the mail of the old one was put aside: {_places(files, mailbox)}",
        )
    if found.enabled:
        raise Conflict(
            f"{mailbox.address} was turned on while it was being removed, so it stays",
            hint=f"Nothing points to it any more. Where its mail until then was put aside: {_places(files, mailbox)}",
        )


def _places(files: MailboxFiles, mailbox: Mailbox) -> str:
    return ", ".join(map(str, files.retired_since(mailbox.address, mailbox.created_at))) or "–"
