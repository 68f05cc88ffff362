"""The access room put together from fakes."""

from dataclasses import dataclass, field

from fakes.access import ALICE, AccessDatabase, CountingHasher, FakeCodes, FakeOwners, FakeSealer
from fakes.moving_clock import MovingClock
from machiya.access.access import Access
from machiya.access.administrators import Administrators
from machiya.access.audit_book import AuditBook
from machiya.access.login import LogIn
from machiya.access.model import LoggedIn, Role, Session
from machiya.access.second_factor import SecondFactors
from machiya.access.sessions import Sessions

PASSWORD = "correct horse battery"
HERE = "10.0.0.1"


@dataclass
class Place:
    """The access room with everything around it."""

    database: AccessDatabase = field(default_factory=AccessDatabase)
    clock: MovingClock = field(default_factory=MovingClock)
    hasher: CountingHasher = field(default_factory=CountingHasher)
    owners: FakeOwners = field(default_factory=FakeOwners)
    codes: FakeCodes = field(default_factory=FakeCodes)

    def __post_init__(self) -> None:
        sessions = Sessions(self.database, self.clock, self.owners)
        factors = SecondFactors(self.database, self.clock, self.codes, FakeSealer(), "machiya.home.test")
        self.access = Access(
            sessions=sessions,
            administrators=Administrators(self.database, self.clock, self.hasher),
            second_factors=factors,
            audit=AuditBook(self.database, self.clock),
            login=LogIn(self.database, self.clock, self.hasher, self.owners, sessions, factors),
        )

    def add(self, name: str, role: Role) -> None:
        invited = self.access.administrators.invite(name, role, by="cli:root")
        self.access.administrators.accept(invited.token, PASSWORD)

    def log_in(self, name: str = "alice", password: str = PASSWORD, code: str = "", **more: str) -> LoggedIn:
        return self.access.log_in(name, password, code, **{"client_address": HERE} | more)

    def turn_on(self, but: Session | None = None) -> tuple[str, ...]:
        """The second factor of alice, in the session ``but``; her recovery codes. This moment's code is used up."""
        self.access.second_factors.begin(ALICE)
        return self.access.second_factors.confirm(ALICE, self.code(), by=str(ALICE), but=but)

    def code(self, steps: int = 0) -> str:
        return self.codes.code(self.clock.now(), steps=steps)
