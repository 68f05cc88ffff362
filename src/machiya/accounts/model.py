"""Domains, mailboxes, their app passwords, and aliases."""

from dataclasses import dataclass, field
from datetime import datetime

from machiya.core.addresses import DomainName, EmailAddress


@dataclass(frozen=True, slots=True)
class Domain:
    """A mail domain of this house; ``catch_all`` gets what no mailbox or alias takes."""

    name: DomainName
    created_at: datetime
    catch_all: EmailAddress | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox; ``password``: Dovecot's ``{ARGON2ID}…`` text or empty (no log-in); ``quota_bytes`` 0: none.

    ``app_passwords_required``: its password opens webmail and usermgmt only, mail programs need one of their own.
    """

    address: EmailAddress
    created_at: datetime
    password: str = field(default="", repr=False)
    quota_bytes: int = 0
    enabled: bool = True
    app_passwords_required: bool = False


@dataclass(frozen=True, slots=True)
class LastUse:
    """When a mail program last logged in, to some minutes; ``protocol``: imap, pop3, sieve or smtp."""

    at: datetime
    protocol: str
    client_address: str


@dataclass(frozen=True, slots=True)
class AppPassword:
    """The password of one device; the house made it and keeps only its ``digest`` (SHA-256, hex).

    ``id`` names it where ``name``, which its owner may change, should not.
    """

    id: str
    mailbox: EmailAddress
    name: str
    digest: str = field(repr=False)
    created_at: datetime
    last_use: LastUse | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """An address that stands for others; targets are addresses of this house."""

    address: EmailAddress
    targets: tuple[EmailAddress, ...]
    created_at: datetime
