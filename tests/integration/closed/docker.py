"""A house in containers for the lane: its networks and publishing as rendered, whatever runs inside."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from fakes.stacks_samples import FACTS
from integration.closed.commands import attempt, run
from machiya.stacks.compose import PROJECT_LABEL, compose
from machiya.stacks.facts import HouseFacts
from machiya.stacks.images import all_image_folders
from machiya.stacks.model import Attachment, Publication, Reachable, Service
from machiya.stacks.networks import SHAPES, Network
from machiya.stacks.services import services

PROJECT = "mcclosed"
PREFIX = "10.231"
VPN_NETWORK, STREET_NETWORK = "100.99.7", "198.51.100"
CLIENT_PORTS = (465, 587, 993, 995, 4190, 8443)
INSIDE_PORTS = (24, 25, 3306, 6379, 8025, 8080, 8089, 11334, 12345)
IMAGE = "debian:trixie-slim"
STRANGER_HOST = 99
STRANGERS = {"blog-stranger": Network.BLOG, "mail-stranger": Network.MAILSERVER}
_LISTEN = (
    "use IO::Socket::INET; use IO::Select; my $all = IO::Select->new;"
    "for (@ARGV) { $all->add(IO::Socket::INET->new(Listen => 64, LocalPort => $_, ReuseAddr => 1) or die $_) }"
    "while (1) { for ($all->can_read)"
    " { my $one = $_->accept or next; print $one $one->peerhost, qq(\\n); close $one } }"
)
_SHAPE = ("networks", "ports", "container_name", "hostname", "labels", "restart")


def facts(root: Path, vpn_interface: str, stand_in_port: int, front_door_port: int) -> HouseFacts:
    """The house of this lane."""
    return replace(
        FACTS,
        project=PROJECT,
        root=root,
        network_prefix=PREFIX,
        vpn_address=f"{VPN_NETWORK}.1",
        vpn_interface=vpn_interface,
        stand_in_port=stand_in_port,
        front_door_port=front_door_port,
    )


def house_services(house: HouseFacts) -> tuple[Service, ...]:
    """The catalogue; in it always somebody who publishes the ports of mail programs."""
    found = {service.name: service for service in services(house)}
    published = {port.port for one in found.values() for port in one.publishes if port.reachable is Reachable.VPN}
    missing = tuple(Publication(port, port, Reachable.VPN, "mail programs") for port in {*CLIENT_PORTS} - published)
    if missing:
        inside = (Attachment(Network.MAILSERVER, ""), Attachment(Network.VPN, ""))
        sample = found.get("dovecot") or replace(found["nginx"], name="dovecot", networks=inside)
        found["dovecot"] = replace(sample, publishes=sample.publishes + missing)
    return tuple(found.values())


def hollow(house: HouseFacts, found: tuple[Service, ...]) -> dict[str, Any]:
    """The Compose project with every container's networks and ports, and in each a listener that takes all there is."""
    project = compose(house, found, dict.fromkeys(all_image_folders(), IMAGE))
    ports = {str(port) for port in (*CLIENT_PORTS, *INSIDE_PORTS)}
    for name, container in project["services"].items():
        shape = {key: container[key] for key in _SHAPE if key in container}
        targets = {port.split(":")[-1].removesuffix("/tcp") for port in shape.get("ports", [])}
        command = ["perl", "-e", _LISTEN.replace("$", "$$"), *sorted(ports | targets)]
        project["services"][name] = shape | {"image": IMAGE, "command": command, "stop_grace_period": "0s"}
    for name, network in STRANGERS.items():
        labels = {PROJECT_LABEL: PROJECT}
        project["services"][name] = {
            "image": IMAGE,
            "container_name": f"{PROJECT}-{name}",
            "labels": labels,
            "command": ["sleep", "infinity"],
            "stop_grace_period": "0s",
            "networks": {network.value: {"ipv4_address": f"{PREFIX}.{SHAPES[network].third}.{STRANGER_HOST}"}},
        }
    return project


def compose_up(project: Mapping[str, Any], file: Path, *options: str) -> None:
    """Write the project and start it."""
    file.write_text(yaml.safe_dump(dict(project)))
    run(_compose(), "--project-name", PROJECT, "--file", str(file), "up", "--detach", *options, seconds=300)


def remove_house() -> None:
    """Every container and network of this lane, leftovers included."""
    label = f"label={PROJECT_LABEL}={PROJECT}"
    for container in run("docker", "ps", "--all", "--quiet", "--filter", label).split():
        attempt(["docker", "rm", "--force", "--volumes", container])
    for network in run("docker", "network", "ls", "--quiet", "--filter", label).split():
        attempt(["docker", "network", "rm", network])


def inside(container: str) -> list[str]:
    """The command that leads into the network of a container of the house."""
    pid = run("docker", "inspect", "--format", "{{.State.Pid}}", f"{PROJECT}-{container}").strip()
    return ["nsenter", "--net", "--target", pid]


def _compose() -> str:
    return str(Path(sys.executable).with_name("docker-compose"))
