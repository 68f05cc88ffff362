"""The access room's rows in memory, with the same contract as the database, and its other ports made simple."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Self

from machiya.access.audit import Entry, Head
from machiya.access.model import Administrator, Attempts, Factor, Invitation, Session, Who, WhoKind
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict, InvalidAddress, Unavailable


@dataclass
class Rows:
    """Everything that is stored."""

    administrators: dict[str, Administrator] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    factors: dict[Who, Factor] = field(default_factory=dict)
    codes: dict[Who, frozenset[str]] = field(default_factory=dict)
    attempts: dict[str, Attempts] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    head: Head = field(default_factory=Head)

    def copy(self) -> "Rows":
        """What is stored is frozen: only the tables are copied."""
        return Rows(
            dict(self.administrators),
            dict(self.invitations),
            dict(self.sessions),
            dict(self.factors),
            dict(self.codes),
            dict(self.attempts),
            dict(self.entries),
            self.head,
        )


class FakeAdministrators:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def all(self) -> tuple[Administrator, ...]:
        return tuple(self._seen(one) for _, one in sorted(self._rows.administrators.items()))

    def find(self, name: str) -> Administrator | None:
        found = self._rows.administrators.get(name)
        return self._seen(found) if found else None

    def save(self, administrator: Administrator) -> None:
        self._rows.administrators[administrator.name] = administrator

    def remove(self, name: str) -> None:
        self._rows.administrators.pop(name, None)

    def invitations(self) -> tuple[Invitation, ...]:
        return tuple(one for _, one in sorted(self._rows.invitations.items()))

    def invitation(self, token_hash: str) -> Invitation | None:
        return next((one for one in self._rows.invitations.values() if one.token_hash == token_hash), None)

    def save_invitation(self, invitation: Invitation) -> None:
        self._rows.invitations[invitation.name] = invitation

    def remove_invitation(self, name: str) -> None:
        self._rows.invitations.pop(name, None)

    def _seen(self, one: Administrator) -> Administrator:
        factor = self._rows.factors.get(one.who)
        return replace(one, totp=factor is not None and factor.confirmed)


class FakeSessions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, token_hash: str) -> Session | None:
        return next((one for one in self._rows.sessions.values() if one.token_hash == token_hash), None)

    def of(self, who: Who) -> tuple[Session, ...]:
        mine = sorted((one for one in self._rows.sessions.values() if one.who == who), key=lambda one: one.id)
        return tuple(sorted(mine, key=lambda one: one.created_at, reverse=True))

    def save(self, session: Session) -> None:
        self._rows.sessions[session.id] = replace(session, role=None)

    def remove(self, session_id: str) -> None:
        self._rows.sessions.pop(session_id, None)

    def remove_ended(self, not_seen_since: datetime, now: datetime) -> None:
        for session in list(self._rows.sessions.values()):
            if session.last_seen_at <= not_seen_since or session.expires_at <= now:
                self.remove(session.id)


class FakeFactors:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, who: Who) -> Factor | None:
        return self._rows.factors.get(who)

    def save(self, factor: Factor) -> None:
        self._rows.factors[factor.who] = factor

    def remove(self, who: Who) -> None:
        self._rows.factors.pop(who, None)
        self._rows.codes.pop(who, None)

    def recovery_codes(self, who: Who) -> frozenset[str]:
        return self._rows.codes.get(who, frozenset())

    def save_recovery_codes(self, who: Who, hashes: frozenset[str]) -> None:
        self._rows.codes[who] = hashes

    def use_recovery_code(self, who: Who, code_hash: str) -> bool:
        before = self.recovery_codes(who)
        self._rows.codes[who] = before - {code_hash}
        return code_hash in before


class FakeAttempts:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, key: str) -> Attempts | None:
        return self._rows.attempts.get(key)

    def save(self, attempts: Attempts) -> None:
        self._rows.attempts[attempts.key] = attempts

    def remove(self, key: str) -> None:
        self._rows.attempts.pop(key, None)

    def prune(self, now: datetime, most: int) -> None:
        kept = sorted(one for one in self._rows.attempts.items() if one[1].forget_at > now)
        self._rows.attempts = dict(sorted(kept, key=lambda one: one[1].forget_at, reverse=True)[:most])


class FakeAudit:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def lock_head(self) -> Head:
        return self._rows.head

    def head(self) -> Head:
        return self._rows.head

    def save_head(self, head: Head) -> None:
        self._rows.head = head

    def last_number(self) -> int:
        return max(self._rows.entries, default=0)

    def append(self, entry: Entry) -> None:
        if entry.number in self._rows.entries:
            raise Conflict(f"there is an entry {entry.number}")
        self._rows.entries[entry.number] = entry

    def every(self) -> Iterator[Entry]:
        return iter([entry for _, entry in sorted(self._rows.entries.items())])

    def newest(self, limit: int, *, before: int | None = None, actor: str = "", target: str = "") -> tuple[Entry, ...]:
        found = [e for e in reversed(list(self.every())) if before is None or e.number < before]
        wanted = [e for e in found if actor in {"", e.actor} and target in {"", e.target}]
        return tuple(wanted[:limit])


class FakeAccessUnitOfWork:
    """``AccessUnitOfWork``; ``AccessDatabase`` makes them."""

    def __init__(self, database: "AccessDatabase", *, read_only: bool) -> None:
        self._database = database
        self._read_only = read_only
        self._working: Rows | None = None

    def __enter__(self) -> Self:
        if self._database.ill:
            raise Unavailable("the fake database is ill", hint="make it well")
        self._working = self._database.rows.copy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._working = None

    def commit(self) -> None:
        if self._read_only:
            msg = "a change inside a read-only unit of work"
            raise RuntimeError(msg)
        self._database.rows = self._rows.copy()

    @property
    def _rows(self) -> Rows:
        if self._working is None:
            msg = "outside of the unit of work's with block"
            raise RuntimeError(msg)
        return self._working

    @property
    def administrators(self) -> FakeAdministrators:
        return FakeAdministrators(self._rows)

    @property
    def sessions(self) -> FakeSessions:
        return FakeSessions(self._rows)

    @property
    def factors(self) -> FakeFactors:
        return FakeFactors(self._rows)

    @property
    def attempts(self) -> FakeAttempts:
        return FakeAttempts(self._rows)

    @property
    def audit(self) -> FakeAudit:
        return FakeAudit(self._rows)


@dataclass
class AccessDatabase:
    """``OpenWork``; ``rows`` is what is committed, ``ill`` makes entering fail."""

    rows: Rows = field(default_factory=Rows)
    ill: bool = False

    def __call__(self, *, read_only: bool = False) -> FakeAccessUnitOfWork:
        return FakeAccessUnitOfWork(self, read_only=read_only)

    @property
    def actions(self) -> list[str]:
        """What the audit log tells, oldest first."""
        return [entry.action for _, entry in sorted(self.rows.entries.items())]


class CountingHasher:
    """``PasswordHasher`` that is fast; ``verified`` says what was compared, ``full`` makes it refuse."""

    def __init__(self) -> None:
        self.verified: list[str] = []
        self.full = False

    def hash(self, password: str) -> str:
        return "{ARGON2ID}fake$" + password[::-1]

    def verify(self, stored: str, password: str) -> bool:
        if self.full:
            raise Unavailable("too many people log in at this moment")
        self.verified.append(stored)
        return bool(stored) and stored == self.hash(password)


@dataclass
class FakeOwners:
    """``MailboxOwners``: stored passwords by address."""

    passwords: dict[str, str] = field(default_factory=dict)

    def canonical(self, address: str) -> str | None:
        try:
            return str(EmailAddress.parse(address))
        except InvalidAddress:
            return None

    def password(self, address: str) -> str:
        return self.passwords.get(address, "")


class FakeCodes:
    """``OneTimeCodes``: the code of a step is the step."""

    def new_secret(self) -> str:
        return "SECRET"

    def uri(self, secret: str, account: str, issuer: str) -> str:
        return f"otpauth://totp/{issuer}:{account}?secret={secret}"

    def step(self, secret: str, code: str, at: datetime) -> int | None:
        del secret
        present = int(at.timestamp()) // 30
        return next((step for step in (present + 1, present, present - 1) if f"{step % 10**6:06}" == code), None)

    def code(self, at: datetime, *, steps: int = 0) -> str:
        return f"{(int(at.timestamp()) // 30 + steps) % 10**6:06}"


class FakeSealer:
    """``Sealer`` that hides nothing."""

    def seal(self, secret: str, whose: str) -> str:
        return f"{whose}|{secret}"

    def unseal(self, sealed: str, whose: str) -> str:
        owner, _, secret = sealed.partition("|")
        if owner != whose:
            raise Unavailable("sealed for somebody else")
        return secret


ALICE = Who(WhoKind.ADMINISTRATOR, "alice")
YOU = Who(WhoKind.MAILBOX, "you@home.test")
