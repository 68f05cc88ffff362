"""One house for all tests of this folder, put back after each."""

from collections.abc import Iterator

import pytest

from fakes.caller import Caller
from fakes.house_state import Snapshot
from fakes.moving_clock import START
from fakes.usermgmt_site import YOU, QuickHouse, Site, furnish
from machiya.entrypoints.usermgmt.app import create_app


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Snapshot]]:
    """One for all tests: putting a hundred routes together takes longer than most of them."""
    root = tmp_path_factory.mktemp("usermgmt") / "house"
    root.mkdir()
    furnish(root)
    house = QuickHouse(root)
    yield Site(house, create_app(house)), Snapshot.of(root)
    house.engine.dispose()


@pytest.fixture
def site(served: tuple[Site, Snapshot]) -> Iterator[Site]:
    """As it was furnished, whatever the tests before did to it."""
    site, snapshot = served
    yield site
    snapshot.put_back()
    site.house.moving.moment = START


@pytest.fixture
def olga(site: Site) -> Caller:
    """An owner of the house."""
    return site.as_("olga")


@pytest.fixture
def you(site: Site) -> Caller:
    """The owner of a mailbox."""
    return site.as_(YOU)
