"""Who gets in where: the house's networks and ports as rendered, tried from outside and from inside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.closed.commands import run
from integration.closed.conftest import BACK_ENDS
from integration.closed.docker import (
    CLIENT_PORTS,
    INSIDE_PORTS,
    PREFIX,
    STRANGERS,
    compose_up,
    hollow,
    house_services,
    inside,
    remove_house,
)
from integration.closed.places import Door, Place, scan_by
from machiya.adapters.iptables.fence import IptablesFence
from machiya.bootstrap.workshop import shell_commands
from machiya.stacks.compose import LOOPBACK
from machiya.stacks.facts import HouseFacts
from machiya.stacks.networks import Network, address
from machiya.stacks.way_in import house_fence

pytestmark = [pytest.mark.doors, pytest.mark.timeout(600)]

PORTS = ",".join(map(str, sorted({*CLIENT_PORTS, *INSIDE_PORTS})))
MACHINE_PORTS = "1-9999"


class Walls:
    """The hollow house with its doors, seen from everywhere."""

    def __init__(self, house: HouseFacts) -> None:
        self.house, self.services = house, house_services(house)
        self.containers = [
            address(PREFIX, attachment.network, service.name)
            for service in self.services
            for attachment in service.networks
        ]

    @property
    def container_doors(self) -> list[tuple[str, str]]:
        return [(host, PORTS) for host in self.containers]

    @property
    def client_doors(self) -> set[Door]:
        return {(self.house.vpn_address, port) for port in CLIENT_PORTS}


@pytest.fixture(scope="module")
def before(street: Place) -> set[Door]:
    """What this machine shows to the street without the house: that is not the house's business."""
    return street.open_doors([(street.machine, MACHINE_PORTS)])


@pytest.fixture(scope="module")
def walls(
    house: HouseFacts, street: Place, before: set[Door], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walls]:
    del before
    walls = Walls(house)
    street.route(f"{PREFIX}.0.0/16", house.vpn_address, LOOPBACK)
    Path(f"/proc/sys/net/ipv4/conf/{street.interface}/route_localnet").write_text("1")
    file: Path = tmp_path_factory.mktemp("hollow") / "compose.yaml"
    try:
        compose_up(hollow(house, walls.services), file)
        yield walls
    finally:
        remove_house()


@pytest.fixture(scope="module", params=BACK_ENDS)
def fenced(request: pytest.FixtureRequest, walls: Walls) -> Iterator[Walls]:
    """With the fence up, by each back end that iptables may have."""
    fence, built = IptablesFence(shell_commands(), request.param), house_fence(walls.house, walls.services)
    fence.put_up(built)
    fence.put_up(built)
    assert fence.guards(built.chain)
    yield walls
    fence.take_down(built.chain)
    assert not fence.stands(built.chain)
    assert built.chain not in run("iptables-save", "-t", "raw")


def test_without_the_fence_the_street_would_be_let_in_by_docker(walls: Walls, street: Place) -> None:
    """So that nobody takes a scan that sees nothing, or a fence that does nothing, for a closed house."""
    assert walls.client_doors <= street.open_doors([(walls.house.vpn_address, PORTS)], walls.client_doors)


def test_street_finds_nothing_more_than_before_the_house_stood(fenced: Walls, street: Place, before: set[Door]) -> None:
    stand_in = str(fenced.house.stand_in_port)
    assert street.open_doors([(street.machine, MACHINE_PORTS), (street.machine, stand_in)]) - before == set()


def test_street_does_not_reach_a_container_by_a_route_straight_to_it(fenced: Walls, street: Place) -> None:
    assert street.open_doors(fenced.container_doors) == set()


def test_street_does_not_reach_the_vpn_address(fenced: Walls, street: Place) -> None:
    assert street.open_doors([(fenced.house.vpn_address, PORTS)]) == set()


def test_street_does_not_reach_loopback_by_a_forged_address(fenced: Walls, street: Place) -> None:
    assert street.open_doors([(LOOPBACK, f"{fenced.house.stand_in_port},{PORTS}")]) == set()


def test_vpn_reaches_the_ports_of_mail_programs_and_nothing_else(fenced: Walls, vpn: Place) -> None:
    vpn.route(f"{PREFIX}.0.0/16")
    doors = [(fenced.house.vpn_address, f"{fenced.house.stand_in_port},{PORTS}"), *fenced.container_doors]
    assert vpn.open_doors(doors, fenced.client_doors) == fenced.client_doors


@pytest.mark.parametrize("port", CLIENT_PORTS)
def test_mail_programs_are_seen_with_their_own_address(fenced: Walls, vpn: Place, port: int) -> None:
    """Or every log line and every throttle would be about the bridge."""
    said = vpn.run("bash", "-c", f"cat </dev/tcp/{fenced.house.vpn_address}/{port}")
    assert said.strip() == vpn.address


@pytest.mark.parametrize("stranger", STRANGERS)
def test_other_containers_do_not_reach_the_ports_of_mail_programs(fenced: Walls, stranger: str) -> None:
    own = address(PREFIX, STRANGERS[stranger], "nginx").rpartition(".")[0]
    elsewhere = [(host, PORTS) for host in fenced.containers if not host.startswith(f"{own}.")]
    doors = [(fenced.house.vpn_address, PORTS), *elsewhere]
    assert scan_by(inside(stranger), doors) == set()


@pytest.mark.parametrize("network", [Network.OUTSIDE, Network.VPN])
def test_neighbours_on_a_network_with_a_way_out_do_not_reach_one_another(fenced: Walls, network: Network) -> None:
    """Or whoever breaks out of one of them would stand before the ports of mail programs."""
    members = [service.name for service in fenced.services if network in {one.network for one in service.networks}]
    for member in members:
        others = [(address(PREFIX, network, other), PORTS) for other in members if other != member]
        assert scan_by(inside(member), others) == set()


def test_this_machine_reaches_all_of_it(fenced: Walls) -> None:
    doors = [(LOOPBACK, str(fenced.house.stand_in_port)), (fenced.house.vpn_address, PORTS)]
    wanted = {(LOOPBACK, fenced.house.stand_in_port), *fenced.client_doors}
    assert scan_by([], doors, wanted) == wanted
