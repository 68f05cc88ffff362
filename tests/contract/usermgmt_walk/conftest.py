"""A house in which people live, its pages without a server, and everybody logged in."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from flask import Flask

from contract.usermgmt_walk.people import PEOPLE, Person, session_of
from fakes.caller import Caller
from fakes.furnished_house import Held, copy_house, furnish
from fakes.house_state import Snapshot, State, state_of
from fakes.moving_clock import MovingClock
from machiya.accounts.rules.changes import MailboxRules
from machiya.bootstrap import House
from machiya.entrypoints.usermgmt.app import create_app

MEMORY = Path("/dev/shm")  # noqa: S108 – a folder of our own is made in it


@pytest.fixture(scope="session", autouse=True)
def _quick_hashing() -> Iterator[None]:
    """The same scheme, so cheap that it is not what these tests wait for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("machiya.adapters.passwords.argon2id.MEMORY_KIB", 8)
        patch.setattr("machiya.adapters.passwords.argon2id.TIME_COST", 1)
        yield


@pytest.fixture(autouse=True)
def _silent() -> Iterator[None]:
    """What is logged is not looked at here."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(_logger: object, _method: str, _event: object) -> str:
    raise structlog.DropEvent


@pytest.fixture(scope="session", autouse=True)
def _with_rules() -> Iterator[None]:
    """As if the house had a Dovecot: vacation, forwarding and filters can be saved."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MailboxRules, "_require", lambda _rules: None)
        yield


@dataclass
class Walked:
    """The house with its pages. ``tokens``: the session of each person, started when the house was furnished."""

    root: Path
    app: Flask
    clock: MovingClock
    held: Held
    snapshot: Snapshot
    tokens: dict[Person, str]

    def caller(self, person: Person, language: str = "en") -> Caller:
        """Somebody with a browser of their own, logged in (a stranger is not)."""
        caller = Caller(self.app, language=language)
        if person in self.tokens:
            session_of(caller, self.tokens[person])
        return caller

    def state(self) -> State:
        """Everything the house holds."""
        return state_of(self.root)

    def put_back(self) -> None:
        """As it was in the beginning."""
        self.snapshot.put_back()


@pytest.fixture(scope="session")
def model(_quick_hashing: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Held]:
    """The furnished house, to be copied."""
    root = tmp_path_factory.mktemp("model") / "house"
    return root, furnish(root)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the house stands; in memory where the system has some: thousands of changes wait for no disk."""
    if not MEMORY.is_dir():
        yield tmp_path_factory.mktemp("walked")
        return
    with tempfile.TemporaryDirectory(prefix="machiya-walk-", dir=MEMORY) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def _walked(model: tuple[Path, Held], folder: Path) -> Iterator[Walked]:
    root, clock = copy_house(model[0], folder / "house"), MovingClock()
    house = House(root, clock)
    app = create_app(house)
    tokens = {person: PEOPLE[person].log_in(app) for person in PEOPLE}
    yield Walked(root, app, clock, model[1], Snapshot.of(root), tokens)
    house.engine.dispose()


@pytest.fixture
def walked(_walked: Walked) -> Iterator[Walked]:
    """The house as it was furnished, everybody logged in a moment ago."""
    moment = _walked.clock.moment
    yield _walked
    _walked.clock.moment = moment
    _walked.put_back()
