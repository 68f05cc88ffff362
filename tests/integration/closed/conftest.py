"""One run of this lane at a time on a machine; what an earlier one left behind is removed first."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.closed.docker import PROJECT, STREET_NETWORK, VPN_NETWORK, facts, remove_house
from integration.closed.places import Place, namespaces, remove_namespace
from integration.ports import free_ports
from machiya.adapters.iptables.fence import IptablesFence
from machiya.bootstrap.workshop import shell_commands
from machiya.stacks.facts import HouseFacts
from machiya.stacks.fence import chain_name

BACK_ENDS = ("iptables-nft", "iptables-legacy")


def clean() -> None:
    remove_house()
    for name in namespaces():
        remove_namespace(name)
    for command in BACK_ENDS:
        IptablesFence(shell_commands(), command).take_down(chain_name(PROJECT))


@pytest.fixture(scope="session", autouse=True)
def alone() -> Iterator[None]:
    with Path(tempfile.gettempdir(), "machiya-closed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clean()
        yield
        clean()


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
