"""What the access room needs from outside."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from machiya.access.audit import Entry, Head
from machiya.access.model import Administrator, Attempts, Factor, Invitation, Session, Who
from machiya.core.unit_of_work import UnitOfWork


class AdministratorRepository(Protocol):
    """Administrators and their invitations inside one transaction."""

    def all(self) -> tuple[Administrator, ...]:
        """By name, each with whether the second factor is on."""

    def find(self, name: str) -> Administrator | None:
        """One."""

    def save(self, administrator: Administrator) -> None:
        """Insert or update."""

    def remove(self, name: str) -> None:
        """Delete."""

    def invitations(self) -> tuple[Invitation, ...]:
        """Open and expired ones, by name."""

    def invitation(self, token_hash: str) -> Invitation | None:
        """The one of this link."""

    def save_invitation(self, invitation: Invitation) -> None:
        """Insert; the one before for the same name is gone."""

    def remove_invitation(self, name: str) -> None:
        """Delete."""


class SessionRepository(Protocol):
    """Sessions inside one transaction."""

    def find(self, token_hash: str) -> Session | None:
        """The one of this token."""

    def of(self, who: Who) -> tuple[Session, ...]:
        """All of one person, newest first."""

    def save(self, session: Session) -> None:
        """Insert or update, by id."""

    def remove(self, session_id: str) -> None:
        """Delete."""

    def remove_ended(self, not_seen_since: datetime, now: datetime) -> None:
        """Delete those not seen after ``not_seen_since`` and those whose absolute end is reached."""


class FactorRepository(Protocol):
    """Second factors and recovery codes inside one transaction."""

    def find(self, who: Who) -> Factor | None:
        """Confirmed or not."""

    def save(self, factor: Factor) -> None:
        """Insert or update."""

    def remove(self, who: Who) -> None:
        """Delete it and the recovery codes."""

    def recovery_codes(self, who: Who) -> frozenset[str]:
        """The hashes of those not used yet."""

    def save_recovery_codes(self, who: Who, hashes: frozenset[str]) -> None:
        """Replace all."""

    def use_recovery_code(self, who: Who, code_hash: str) -> bool:
        """Delete it; false: there is none."""


class AttemptRepository(Protocol):
    """Failed log-ins inside one transaction."""

    def find(self, key: str) -> Attempts | None:
        """Of one key."""

    def save(self, attempts: Attempts) -> None:
        """Insert or update."""

    def remove(self, key: str) -> None:
        """Delete."""

    def prune(self, now: datetime, most: int) -> None:
        """Delete what may be forgotten, and what is forgotten soonest beyond ``most`` rows."""


class AuditRepository(Protocol):
    """The audit log inside one transaction; nothing in it can be changed or deleted."""

    def lock_head(self) -> Head:
        """The head; other writers wait from here to the end of this transaction."""

    def head(self) -> Head:
        """The head, to be read only."""

    def save_head(self, head: Head) -> None:
        """Replace it."""

    def last_number(self) -> int:
        """Of the newest entry; 0 where there is none."""

    def append(self, entry: Entry) -> None:
        """Insert."""

    def every(self) -> Iterator[Entry]:
        """All entries by number, however many."""

    def newest(self, limit: int, *, before: int | None = None, actor: str = "", target: str = "") -> tuple[Entry, ...]:
        """Newest first, those with a number below ``before``, of one actor or target if given."""


class AccessUnitOfWork(UnitOfWork, Protocol):
    """One transaction. One that writes is alone from its beginning: what it has read stays true until it commits."""

    @property
    def administrators(self) -> AdministratorRepository:
        """The administrators of this transaction."""

    @property
    def sessions(self) -> SessionRepository:
        """The sessions of this transaction."""

    @property
    def factors(self) -> FactorRepository:
        """The second factors of this transaction."""

    @property
    def attempts(self) -> AttemptRepository:
        """The failed log-ins of this transaction."""

    @property
    def audit(self) -> AuditRepository:
        """The audit log of this transaction."""


class OpenWork(Protocol):
    """Makes units of work."""

    def __call__(self, *, read_only: bool = False) -> AccessUnitOfWork:
        """A fresh one; ``read_only`` waits for nobody, and saving is a mistake then."""


class PasswordHasher(Protocol):
    """Makes and proves stored passwords; a few at a time, the others wait."""

    def hash(self, password: str) -> str:
        """To be stored.

        Raises:
            Unavailable: too many wait already.
        """

    def verify(self, stored: str, password: str) -> bool:
        """Constant time, and the same time for an empty ``stored``, which fits nothing.

        Raises:
            Unavailable: too many wait already.
        """


class MailboxOwners(Protocol):
    """The people behind the mailboxes, whom another room knows."""

    def canonical(self, address: str) -> str | None:
        """The address as it is stored; None: not an address at all."""

    def password(self, address: str) -> str:
        """The stored password of the main log-in; empty: no such mailbox, disabled, or without one."""


class OneTimeCodes(Protocol):
    """Time-based one-time codes (RFC 6238)."""

    def new_secret(self) -> str:
        """A fresh secret in base32."""

    def uri(self, secret: str, account: str, issuer: str) -> str:
        """``otpauth://…`` for an authenticator app."""

    def step(self, secret: str, code: str, at: datetime) -> int | None:
        """The time step whose code this is, at most one away from ``at``; None: none."""


class Sealer(Protocol):
    """Keeps a small secret unreadable in the database."""

    def seal(self, secret: str, whose: str) -> str:
        """Encrypted, and good for ``whose`` only."""

    def unseal(self, sealed: str, whose: str) -> str:
        """Back again.

        Raises:
            Unavailable: the key is another one, or it was sealed for somebody else.
        """
