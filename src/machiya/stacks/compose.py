"""Services to a Compose project: every container closed by default, deterministic.

Source: the Compose specification, https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml

from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Publication, Reachable, Service, Storage, Volume
from machiya.stacks.networks import SHAPES, Network, address, gateway, subnet

PROJECT_LABEL = "machiya.project"
HOUSE_LABEL = "machiya.house"
SERVICE_LABEL = "machiya.service"
NETWORKS_LABEL = "machiya.networks"
SECRETS_TARGET = "/run/secrets"
LOOPBACK = "127.0.0.1"
_LOG_FILES = {"max-size": "10m", "max-file": "3"}


def compose_text(facts: HouseFacts, all_services: tuple[Service, ...], tags: Mapping[str, str]) -> str:
    """The Compose file; ``tags`` gives the image of each catalogue folder."""
    head = "# Written by machiya render; change machiya.toml instead.\n"
    return head + yaml.safe_dump(compose(facts, all_services, tags), sort_keys=False, allow_unicode=True, width=120)


def compose(facts: HouseFacts, all_services: tuple[Service, ...], tags: Mapping[str, str]) -> dict[str, Any]:
    """The Compose project as data.

    Raises:
        KeyError: a service's image has no tag, or the service no address.
    """
    return {
        "name": facts.project,
        "services": {service.name: _service(facts, service, tags) for service in all_services},
        "networks": {network.value: _network(facts, network) for network in Network},
    }


def _network(facts: HouseFacts, network: Network) -> dict[str, Any]:
    shape = SHAPES[network]
    return {
        "name": f"{facts.project}_{network.value}",
        "driver": "bridge",
        "internal": shape.internal,
        "driver_opts": {
            "com.docker.network.bridge.name": bridge_name(facts, network),
            "com.docker.network.bridge.enable_ip_masquerade": str(shape.masquerade).lower(),
            "com.docker.network.bridge.enable_icc": str(shape.talk).lower(),
        },
        "ipam": {
            "config": [
                {"subnet": subnet(facts.network_prefix, network), "gateway": gateway(facts.network_prefix, network)}
            ]
        },
        "labels": _labels(facts),
    }


def networks_digest(facts: HouseFacts) -> str:
    """Told by every container: networks of another shape cannot take its place while it hangs on the old ones."""
    shape = json.dumps([_network(facts, network) for network in Network], sort_keys=True)
    return hashlib.sha256(shape.encode()).hexdigest()[:16]


def bridge_name(facts: HouseFacts, network: Network) -> str:
    """The interface of a network on the host (at most 15 characters): told apart by its addresses, which are unique."""
    first, second = facts.network_prefix.split(".")
    return f"m{first}-{second}-{SHAPES[network].third}"


def _labels(facts: HouseFacts) -> dict[str, str]:
    return {PROJECT_LABEL: facts.project, HOUSE_LABEL: str(facts.root)}


def _service(facts: HouseFacts, service: Service, tags: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "image": service.image.reference or tags[service.image.folder],
        "container_name": f"{facts.project}-{service.name}",
        "hostname": service.name,
        "labels": _labels(facts) | {SERVICE_LABEL: service.name, NETWORKS_LABEL: networks_digest(facts)},
        "restart": service.restart,
        "init": False,
        "stop_grace_period": f"{service.stop_seconds}s",
    }
    made |= {"command": list(service.command)} if service.command else {}
    made |= {"environment": dict(sorted(service.environment.items()))} if service.environment else {}
    made |= _rights(service) | _limits(service) | _health(service)
    made["networks"] = _attachments(facts, service)
    made["dns"] = [address(facts.network_prefix, Network.MAILSERVER, "unbound")] if "unbound" in service.needs else []
    made["volumes"] = _mounts(facts, service)
    made |= {"ports": [_port(facts, port) for port in service.publishes]} if service.publishes else {}
    made |= {"depends_on": {name: {"condition": "service_healthy"} for name in service.needs}} if service.needs else {}
    return {key: value for key, value in made.items() if value != []}


def _rights(service: Service) -> dict[str, Any]:
    return {
        "user": f"{service.user.uid}:{service.user.gid}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": [capability.name for capability in service.capabilities],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": [f"{path}:{options}" for path, options in sorted(service.temporary.items())],
    }


def _limits(service: Service) -> dict[str, Any]:
    return {
        "mem_limit": service.limits.memory_bytes,
        "memswap_limit": service.limits.memory_bytes,
        "pids_limit": service.limits.processes,
        "logging": {"driver": "json-file", "options": dict(_LOG_FILES)},
    }


def _health(service: Service) -> dict[str, Any]:
    health = service.health
    return {
        "healthcheck": {
            "test": ["CMD", *health.test],
            "interval": f"{health.interval_seconds:g}s",
            "timeout": f"{health.timeout_seconds:g}s",
            "retries": health.retries,
            "start_period": f"{health.start_seconds:g}s",
        }
    }


def _attachments(facts: HouseFacts, service: Service) -> dict[str, Any]:
    return {
        attachment.network.value: {"ipv4_address": address(facts.network_prefix, attachment.network, service.name)}
        for attachment in service.networks
    }


def _mounts(facts: HouseFacts, service: Service) -> list[str]:
    label = ",Z" if facts.selinux else ""
    shared = ",z" if facts.selinux else ""
    mounts = [
        f"{volume_path(facts, volume)}:{volume.target}:{'ro' if volume.read_only else 'rw'}{shared}"
        for volume in service.volumes
    ]
    mounts += [f"{facts.root / file.name}:{file.target}:ro{shared}" for file in service.house_files]
    if service.configs:
        mounts.append(f"{facts.root / 'rendered' / 'config' / service.name}:{service.config_target}:ro{label}")
    if service.secrets:
        mounts.append(f"{facts.secrets / service.name}:{SECRETS_TARGET}:ro{label}")
    return mounts


def volume_path(facts: HouseFacts, volume: Volume) -> str:
    """The folder of the host behind a volume."""
    base = {Storage.FAST: facts.fast, Storage.BULK: facts.bulk, Storage.RUN: facts.run}[volume.storage]
    return str(base / volume.name)


def _port(facts: HouseFacts, port: Publication) -> str:
    where = facts.vpn_address if port.reachable is Reachable.VPN else LOOPBACK
    return f"{where}:{port.port}:{port.container_port}/tcp"
