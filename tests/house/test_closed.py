"""The house that runs is closed: its rendered project, its containers, and what can be reached from where."""

import json
from collections.abc import Iterator

import pytest
import yaml

from house.house import House
from house.yard import PREFIX, PROJECT
from integration.closed.commands import run
from integration.closed.places import scan_by
from machiya.bootstrap import open_house
from machiya.bootstrap.containers import facts_of
from machiya.stacks.compose import LOOPBACK, PROJECT_LABEL
from machiya.stacks.networks import HOSTS, SHAPES, Network, address
from machiya.stacks.services import services
from machiya.stacks.walls import breaches

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

CLIENT_PORTS = (465, 587, 993, 995, 4190, 8443)
INSIDE_PORTS = (
    24,
    25,
    53,
    3306,
    3310,
    6379,
    8025,
    8026,
    8027,
    8028,
    8080,
    8089,
    9000,
    10025,
    11332,
    11333,
    11334,
    12345,
)
LABEL = f"{PROJECT_LABEL}={PROJECT}"
PORTS = ",".join(map(str, sorted({*CLIENT_PORTS, *INSIDE_PORTS})))


def all_addresses(house: House) -> list[str]:
    """Of every container in every network it is in, as the engine tells."""
    found = [house.inspect(service)["NetworkSettings"]["Networks"].values() for service in house.services()]
    return sorted(network["IPAddress"] for networks in found for network in networks)


def test_rendered_project_keeps_every_rule(house: House) -> None:
    project = yaml.safe_load((house.root / "rendered/compose.yaml").read_text())
    known = {service.name: service for service in services(facts_of(open_house(house.root).settings))}
    assert breaches(project, known, house.vpn.machine) == ()
    assert set(known) == set(house.services())


def test_running_containers_have_what_was_rendered(house: House) -> None:
    for service in house.services():
        made = house.inspect(service)
        host = made["HostConfig"]
        ports = {one["HostIp"] for bound in (host["PortBindings"] or {}).values() for one in bound}
        assert (host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]) == (True, ["ALL"], False), service
        assert ports <= {LOOPBACK, house.vpn.machine}, service
        assert "docker.sock" not in json.dumps(made["Mounts"]), service
        assert host["Memory"] > 0, service
        assert host["PidsLimit"] > 0, service


def test_port_scan_from_the_street_finds_nothing(house: House) -> None:
    """Also directly routed: packets for the house's own networks, for the VPN address and for loopback."""
    house.street.route(f"{PREFIX}.0.0/16", house.vpn.machine, LOOPBACK)
    own = f"{PORTS},{house.front_door_port},{house.stand_in_port}"
    doors = [(house.street.machine, own), (house.vpn.machine, own), (LOOPBACK, own)]
    assert house.street.open_doors([*doors, *((host, PORTS) for host in all_addresses(house))]) == set()


def test_vpn_reaches_mail_programs_ports_and_nothing_else(house: House) -> None:
    house.vpn.route(f"{PREFIX}.0.0/16")
    own = f"{PORTS},{house.front_door_port},{house.stand_in_port}"
    doors = [(house.vpn.machine, own), *((host, PORTS) for host in all_addresses(house))]
    wanted = {(house.vpn.machine, port) for port in CLIENT_PORTS}
    assert house.vpn.open_doors(doors, wanted) == wanted


@pytest.fixture
def blog(house: House) -> Iterator[str]:
    """Its blog network as rendered; nobody of the house is in it yet, so the engine has not made it."""
    rendered = yaml.safe_load((house.root / "rendered/compose.yaml").read_text())["networks"][Network.BLOG.value]
    options = [word for name, value in rendered["driver_opts"].items() for word in ("--opt", f"{name}={value}")]
    (place,) = rendered["ipam"]["config"]
    addresses = ("--subnet", place["subnet"], "--gateway", place["gateway"])
    run("docker", "network", "create", "--internal", *options, *addresses, "--label", LABEL, rendered["name"])
    yield rendered["name"]
    run("docker", "network", "rm", rendered["name"])


def test_refused_from_the_blog_network(house: House, blog: str) -> None:
    """A container that lives there reaches no mail port and nobody of the mail stack."""
    name = f"{PROJECT}-stranger"
    words = ("--detach", "--rm", "--network", blog, "--label", LABEL, "--name", name)
    run("docker", "run", *words, "debian:trixie-slim", "sleep", "600")
    try:
        pid = run("docker", "inspect", "--format", "{{.State.Pid}}", name).strip()
        doors = [(house.vpn.machine, PORTS), *((host, PORTS) for host in all_addresses(house))]
        own = f"{PREFIX}.{SHAPES[Network.BLOG].third}."
        wanted = [door for door in doors if not door[0].startswith(own)]
        assert scan_by(["nsenter", "--net", "--target", pid], wanted) == set()
    finally:
        run("docker", "rm", "--force", name)


def test_refused_from_containers_that_have_no_business_there(house: House) -> None:
    """The tunnel's end reaches nginx only; nothing of the mail servers' network."""
    pid = str(house.inspect("tunnel")["State"]["Pid"])
    others = [host for host in all_addresses(house) if not host.startswith(f"{PREFIX}.{SHAPES[Network.EDGE].third}.")]
    doors = [
        (house.vpn.machine, PORTS),
        *((host, PORTS) for host in others if host != address(PREFIX, Network.OUTSIDE, "tunnel")),
    ]
    assert scan_by(["nsenter", "--net", "--target", pid], doors) == set()
    assert set(house.services()) <= set(HOSTS)
