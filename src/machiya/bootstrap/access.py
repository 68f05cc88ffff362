"""The access room put together, and the link to its pages."""

from typing import TYPE_CHECKING

from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidAddress

if TYPE_CHECKING:
    from machiya.access.access import Access
    from machiya.bootstrap.rooms import Rooms
    from machiya.settings import Settings

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py


def make_access(house: "Rooms") -> "Access":
    """Administrators, log-ins, sessions, second factors and the audit log of a house."""
    from machiya.access.access import Access
    from machiya.access.administrators import Administrators
    from machiya.access.audit_book import AuditBook
    from machiya.access.login import LogIn
    from machiya.access.second_factor import SecondFactors
    from machiya.access.sessions import Sessions
    from machiya.adapters.passwords.capped import CappedHasher
    from machiya.adapters.sealing.fernet import FernetSealer
    from machiya.adapters.totp.codes import TotpCodes

    work, clock, owners = house.access_uow, house.clock, Owners(house)
    hasher = CappedHasher(house.password_hasher())
    sealer = FernetSealer(house.settings.secrets.totp_key.get_secret_value())
    sessions = Sessions(work, clock, owners)
    factors = SecondFactors(work, clock, TotpCodes(), sealer, house.settings.house.hostname)
    return Access(
        sessions=sessions,
        administrators=Administrators(work, clock, hasher),
        second_factors=factors,
        audit=AuditBook(work, clock),
        login=LogIn(work, clock, hasher, owners, sessions, factors),
    )


class Owners:
    """``MailboxOwners`` from the accounts room."""

    def __init__(self, house: "Rooms") -> None:
        self._house = house

    def canonical(self, address: str) -> str | None:
        """The address as it is stored."""
        try:
            return str(EmailAddress.parse(address))
        except InvalidAddress:
            return None

    def password(self, address: str) -> str:
        """The stored password of an enabled mailbox, else empty."""
        with self._house.accounts_uow(read_only=True) as work:
            mailbox = work.accounts.mailbox(EmailAddress.parse(address))
        return mailbox.password if mailbox is not None and mailbox.enabled else ""


def invitation_link(settings: "Settings", token: str) -> str:
    """The one-time link of an invitation."""
    return f"{settings.usermgmt_url}/invitation/{token}"
