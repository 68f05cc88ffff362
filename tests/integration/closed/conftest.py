"""One run of this lane at a time on a machine; what an earlier one left behind is removed first."""

from collections.abc import Iterator

import pytest

from integration import leftovers
from integration.closed.docker import STREET_NETWORK, VPN_NETWORK, facts
from integration.closed.places import Place
from integration.ports import free_ports
from machiya.stacks.facts import HouseFacts

BACK_ENDS = ("iptables-nft", "iptables-legacy")


@pytest.fixture(scope="session", autouse=True)
def alone() -> Iterator[None]:
    with leftovers.alone(leftovers.CLOSED):
        yield


@pytest.fixture(scope="module")
def vpn() -> Iterator[Place]:
    place = Place("vpn", VPN_NETWORK)
    try:
        place.open()
        yield place
    finally:
        place.close()


@pytest.fixture(scope="module")
def street() -> Iterator[Place]:
    place = Place("street", STREET_NETWORK)
    try:
        place.open()
        yield place
    finally:
        place.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, vpn: Place) -> HouseFacts:
    return facts(tmp_path_factory.mktemp("closed") / "house", vpn.interface, *free_ports(2))
