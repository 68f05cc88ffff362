"""The house as it is rendered is closed; and whoever opens it is told where."""

import copy
import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import yaml

from fakes.stacks_samples import FACTS
from machiya.stacks.images import all_image_folders
from machiya.stacks.model import Capability, Service
from machiya.stacks.render import COMPOSE_FILE, render
from machiya.stacks.services import services
from machiya.stacks.walls import breaches

VPN = "100.64.0.1"
HOUSES = {
    "trying": FACTS,
    "live": dataclasses.replace(FACTS, vpn_address=VPN, tunnel_provider="cloudflared"),
    "unscanned": dataclasses.replace(FACTS, scanning=False, antivirus=False),
}


@cache
def read_back(name: str) -> tuple[dict[str, Any], dict[str, Service]]:
    facts = HOUSES[name]
    found = services(facts)
    tags = {folder: f"machiya/{folder}:0" for folder in all_image_folders()}
    (file,) = (file for file in render(facts, found, tags) if file.path == COMPOSE_FILE)
    return yaml.safe_load(file.content), {service.name: service for service in found}


def rendered(name: str = "trying") -> tuple[dict[str, Any], dict[str, Service]]:
    """The Compose file as it lies in the house's folder, read back; the caller may change it."""
    project, known = read_back(name)
    return copy.deepcopy(project), dict(known)


@pytest.mark.parametrize("name", HOUSES)
def test_breaches_finds_none_in_the_rendered_house(name: str) -> None:
    project, known = rendered(name)
    assert project["services"]
    assert breaches(project, known, HOUSES[name].vpn_address) == ()


def port(address: str) -> Callable[[dict[str, Any]], Any]:
    return lambda container: container.update(ports=[f"{address}993:993/tcp"])


OPENED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "every interface": (port("0.0.0.0:"), "publishes 0.0.0.0:993:993/tcp elsewhere"),
    "no address": (port(""), "publishes 993:993/tcp elsewhere"),
    "the street": (port("198.51.100.1:"), "publishes 198.51.100.1"),
    "root": (lambda container: container.update(user="0:0"), "runs as root"),
    "root by default": (lambda container: container.pop("user"), "runs as root"),
    "root's group": (lambda container: container.update(user="5017:0"), "runs as root"),
    "capability": (lambda container: container.update(cap_add=["SYS_ADMIN"]), "keeps SYS_ADMIN"),
    "kept capabilities": (lambda container: container.update(cap_drop=[]), "does not drop all"),
    "privileged": (lambda container: container.update(privileged=True), "has privileged"),
    "host network": (lambda container: container.update(network_mode="host"), "has network_mode"),
    "new privileges": (lambda container: container.update(security_opt=[]), "may gain new privileges"),
    "engine": (
        lambda container: container.update(volumes=["/var/run/docker.sock:/var/run/docker.sock:ro"]),
        "mounts the engine's socket",
    ),
    "the host's root": (lambda container: container.update(volumes=["/:/host:ro"]), "mounts / of the host"),
    "a roundabout way": (lambda container: container.update(volumes=["/srv/..//etc/:/host:ro"]), "mounts /etc of"),
    "unconfined": (
        lambda container: container.update(security_opt=["no-new-privileges:true", "seccomp=unconfined"]),
        "has the security option seccomp=unconfined",
    ),
    "a file of the host": (lambda container: container.update(secrets=["shadow"]), "has secrets"),
    "named volume": (lambda container: container.update(volumes=["data:/data"]), "mounts data of the host"),
    "writable root": (lambda container: container.update(read_only=False), "has a root file system that can"),
    "health": (lambda container: container.pop("healthcheck"), "has no health check"),
    "memory": (lambda container: container.pop("mem_limit"), "has no mem_limit"),
    "processes": (lambda container: container.update(pids_limit=0), "has no pids_limit"),
    "restart": (lambda container: container.update(restart="no"), "does not come back"),
    "log": (lambda container: container.pop("logging"), "has a log without end"),
    "no network": (lambda container: container.pop("networks"), "is in no network"),
    "another network": (lambda container: container.update(networks={"default": {}}), "is in default"),
}


@pytest.mark.parametrize("opened", OPENED)
def test_breaches_names_each_way_to_open_the_house(opened: str) -> None:
    project, known = rendered()
    change, told = OPENED[opened]
    change(project["services"]["nginx"])
    (breach,) = breaches(project, known, VPN)
    assert breach.startswith(f"nginx: {told}")


def test_breaches_names_a_container_that_nobody_knows() -> None:
    project, known = rendered()
    project["services"]["stranger"] = dict(project["services"]["nginx"])
    assert [breach.partition(":")[0] for breach in breaches(project, known, VPN)] == ["stranger"]


def test_breaches_accepts_root_and_a_capability_with_a_reason_only() -> None:
    project, known = rendered()
    user = dataclasses.replace(known["nginx"].user, uid=0, root_reason="it must be")
    known["nginx"] = dataclasses.replace(known["nginx"], user=user, capabilities=(Capability("KILL", ""),))
    project["services"]["nginx"] |= {"user": "0:0", "cap_add": ["KILL"]}
    assert breaches(project, known, VPN) == ("nginx: keeps KILL without a stated reason",)
