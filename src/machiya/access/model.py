"""Administrators, their roles and what each role may do; sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ADMINISTRATOR_NAME_CHARACTERS = 32


class Role(StrEnum):
    """What an administrator is."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Permission(StrEnum):
    """What a page or an act asks for."""

    VIEW = "view"
    """See domains, mailboxes, aliases, usage, quarantine and traces; never anybody's mail."""
    MAILBOXES = "mailboxes"
    """Add, change and remove domains, mailboxes, aliases, catch-alls, quotas and passwords."""
    SWITCH = "switch"
    """Enable and disable mailboxes, revoke app passwords."""
    QUARANTINE = "quarantine"
    """Release and delete what was set aside."""
    AUDIT = "audit"
    """Read the audit log."""
    ADMINISTRATORS = "administrators"
    """Invite, change and remove administrators, end their sessions."""


_VIEWER = frozenset({Permission.VIEW})
_OPERATOR = _VIEWER | {Permission.SWITCH, Permission.QUARANTINE}
_ADMINISTRATOR = _OPERATOR | {Permission.MAILBOXES, Permission.AUDIT}
_OWNER = _ADMINISTRATOR | {Permission.ADMINISTRATORS}

GRANTED: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
    Role.OWNER: _OWNER,
}


def allows(role: Role | None, permission: Permission) -> bool:
    """Whether ``role`` may; no role, and whatever is not listed, may not."""
    return role is not None and permission in GRANTED.get(role, frozenset())


class WhoKind(StrEnum):
    """The two kinds of people who log in."""

    ADMINISTRATOR = "administrator"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True, order=True)
class Who:
    """Somebody who logs in: an administrator by name, or a mailbox's owner by address; canonical."""

    kind: WhoKind
    name: str

    def __str__(self) -> str:
        """As the audit log has it: ``administrator:alice``, ``mailbox:you@home.test``."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Administrator:
    """An administrator; ``password``: a hash. ``totp`` is filled in where somebody looks, and stored elsewhere."""

    name: str
    role: Role
    created_at: datetime
    password: str = field(default="", repr=False)
    enabled: bool = True
    totp: bool = False

    @property
    def who(self) -> Who:
        """As the one who logs in."""
        return Who(WhoKind.ADMINISTRATOR, self.name)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link: whoever opens it before ``expires_at`` chooses the password of ``name``."""

    name: str
    role: Role
    token_hash: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    invited_by: str


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in.

    Args:
        id: public, to name the session in a list; not the token.
        token_hash: SHA-256 of the token, which is stored nowhere.
        stamp: of the password the log-in rests on; another password, and the session is over.
        authenticated_at: when the password was last typed.
        expires_at: the absolute end; the idle end comes earlier.
        role: of an administrator as it is now; None for a mailbox's owner, who manages the own mailbox only.
    """

    id: str
    who: Who
    token_hash: str = field(repr=False)
    stamp: str = field(repr=False)
    created_at: datetime
    last_seen_at: datetime
    authenticated_at: datetime
    expires_at: datetime
    client_address: str = ""
    user_agent: str = ""
    role: Role | None = None

    def may(self, permission: Permission) -> bool:
        """Whether its administrator may; a mailbox's owner has no permission over the house."""
        return allows(self.role, permission)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A log-in that succeeded; ``token`` is known here only, for the cookie."""

    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True, slots=True)
class Factor:
    """Somebody's second factor: ``sealed`` secret, whether confirmed, and the last time step that was used."""

    who: Who
    sealed: str = field(repr=False)
    confirmed: bool
    last_step: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failed log-ins under one key; ``rounds`` counts how often in a row the limit was reached."""

    key: str
    failures: int
    rounds: int
    forget_at: datetime
    blocked_until: datetime | None = None
