"""Domains, mailboxes and aliases."""

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
    """A mailbox; ``password``: Dovecot's ``{ARGON2ID}…`` text or empty (no log-in); ``quota_bytes`` 0: none."""

    address: EmailAddress
    created_at: datetime
    password: str = field(default="", repr=False)
    quota_bytes: int = 0
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Alias:
    """An address that stands for others; targets are addresses of this house."""

    address: EmailAddress
    targets: tuple[EmailAddress, ...]
    created_at: datetime
