"""App passwords: one for each device, made by the house, shown once, revoked without touching the others."""

import hashlib
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from machiya.accounts.checks import require_mailbox
from machiya.accounts.model import AppPassword
from machiya.accounts.passwords import generate_password
from machiya.accounts.ports import AccountRepository, AccountsUnitOfWork, Sessions
from machiya.accounts.sessions import NO_SESSIONS, log_out
from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound, Refused

MOST = 50
NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class AppPasswordMade:
    """A new app password; ``password`` is known here only, to be shown to its owner once."""

    app_password: AppPassword
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppPasswordsRevoked:
    """What no longer opens the mailbox.

    ``open_sessions``: why mail programs may still be logged in that may no longer be; empty: none is.
    """

    revoked: tuple[AppPassword, ...]
    open_sessions: str = ""


def digest_of(password: str) -> str:
    """How an app password is kept: 99 random bits need no salt and no slow hash, so its row is found by it."""
    return hashlib.sha256(password.encode()).hexdigest()


def add_app_password(work: AccountsUnitOfWork, clock: Clock, address: EmailAddress, name: str) -> AppPasswordMade:
    """Make a password for the device ``name``.

    Raises:
        InvalidInput: the name is empty, longer than 64 characters or contains a control character.
        NotFound: there is no such mailbox.
        AlreadyExists: the mailbox has one of this name.
        Refused: the mailbox has 50 of them.
    """
    wanted, password = _checked_name(name), generate_password()
    with work:
        require_mailbox(work.accounts, address)
        present = work.accounts.app_passwords(address)
        _require_free(present, wanted)
        if len(present) >= MOST:
            raise Refused(
                f"{address} has {MOST} app passwords already", hint="Revoke those of devices that are gone first."
            )
        made = AppPassword(uuid.uuid4().hex, address, wanted, digest_of(password), clock.now())
        work.accounts.save_app_password(made)
        work.commit()
    return AppPasswordMade(made, password)


def list_app_passwords(work: AccountsUnitOfWork, address: EmailAddress) -> tuple[AppPassword, ...]:
    """Those of a mailbox, oldest first.

    Raises:
        NotFound: there is no such mailbox.
    """
    with work:
        require_mailbox(work.accounts, address)
        return work.accounts.app_passwords(address)


def rename_app_password(work: AccountsUnitOfWork, address: EmailAddress, which: str, name: str) -> AppPassword:
    """Give the one with the id or name ``which`` another name.

    Raises:
        InvalidInput: the new name cannot be used.
        NotFound: there is no such mailbox or app password.
        AlreadyExists: the mailbox has another of this name.
    """
    wanted = _checked_name(name)
    with work:
        before = _existing(work.accounts, address, which)
        _require_free([one for one in work.accounts.app_passwords(address) if one.id != before.id], wanted)
        renamed = replace(before, name=wanted)
        work.accounts.save_app_password(renamed)
        work.commit()
    return renamed


def revoke_app_password(
    work: AccountsUnitOfWork, address: EmailAddress, which: str, *, sessions: Sessions = NO_SESSIONS
) -> AppPasswordsRevoked:
    """End the one with the id or name ``which``, at once: every mail program is logged out, the others come back.

    Raises:
        NotFound: there is no such mailbox or app password.
    """
    with work:
        gone = _existing(work.accounts, address, which)
        work.accounts.remove_app_password(gone)
        work.commit()
    return AppPasswordsRevoked((gone,), log_out(sessions, [address]))


def revoke_app_passwords(
    work: AccountsUnitOfWork, address: EmailAddress, *, sessions: Sessions = NO_SESSIONS
) -> AppPasswordsRevoked:
    """End all of a mailbox, at once.

    Raises:
        NotFound: there is no such mailbox.
    """
    with work:
        require_mailbox(work.accounts, address)
        gone = work.accounts.app_passwords(address)
        for one in gone:
            work.accounts.remove_app_password(one)
        work.commit()
    return AppPasswordsRevoked(gone, log_out(sessions, [address] if gone else []))


def _existing(accounts: AccountRepository, address: EmailAddress, which: str) -> AppPassword:
    """By id first: a name that looks like the id of another must not hide it."""
    require_mailbox(accounts, address)
    present = accounts.app_passwords(address)
    for found in (*(one for one in present if one.id == which), *(one for one in present if one.name == which)):
        return found
    raise NotFound(
        f"{address} has no app password {which!r}", hint=f"machiya mailbox app-password list {address} shows all."
    )


def _require_free(present: Sequence[AppPassword], name: str) -> None:
    if any(one.name == name for one in present):
        raise AlreadyExists(
            f"there is an app password {name!r} already", hint="Each device has its own: take another name."
        )


def _checked_name(name: str) -> str:
    """Composed, so that what looks the same is the same."""
    wanted = unicodedata.normalize("NFC", name).strip()
    if not wanted:
        raise InvalidInput("an app password needs a name", hint="Name the device it is for: Phone.")
    if len(wanted) > NAME_CHARACTERS:
        raise InvalidInput(
            f"the name is too long: at most {NAME_CHARACTERS} characters", hint="A word for the device is enough."
        )
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in wanted):
        raise InvalidInput("the name contains a control character", hint="Was a line end copied with it?")
    return wanted
