"""Whether a rendered Compose project keeps the house closed; asked of the file itself, not of what it was made from."""

from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Any

from machiya.stacks.compose import LOOPBACK
from machiya.stacks.model import Service

_NEVER = (
    *(
        "privileged",
        "network_mode",
        "pid",
        "ipc",
        "uts",
        "userns_mode",
        "devices",
        "device_cgroup_rules",
        "extra_hosts",
    ),
    *("cgroup", "cgroup_parent", "sysctls", "volumes_from", "configs", "secrets", "env_file", "extends"),
)
_KEPT_PRIVILEGES = "no-new-privileges:true"
_ENGINE_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock")
_NOT_MOUNTED = ("/", "/etc", "/root", "/run", "/var", "/var/run", "/var/lib/docker", "/proc", "/sys", "/dev")

Document = Mapping[str, Any]


def breaches(project: Document, known: Mapping[str, Service], vpn_address: str) -> tuple[str, ...]:
    """Every breach in the walls, as ``service: what is wrong``; empty: the house is closed.

    Args:
        project: the Compose file, parsed.
        known: the services by name, which state their reasons.
        vpn_address: the only address beside loopback on which a port may be published.
    """
    found = [
        f"{name}: {breach}"
        for name, container in project["services"].items()
        for breach in _service(container, known.get(name), {LOOPBACK, vpn_address})
    ]
    return (*found, *_networks(project))


def _service(container: Document, service: Service | None, addresses: set[str]) -> Iterator[str]:
    if service is None:
        yield "is not in the catalogue, so nobody states why it exists"
        return
    yield from _ports(container, addresses)
    yield from _privileges(container, service)
    yield from _mounts(container)
    yield from _bounds(container)


def _ports(container: Document, addresses: set[str]) -> Iterator[str]:
    for port in container.get("ports", []):
        host, colon, _ = str(port).partition(":")
        if not colon or host not in addresses:
            yield f"publishes {port} elsewhere than on {' or '.join(sorted(addresses))}"


def _privileges(container: Document, service: Service) -> Iterator[str]:
    ids = str(container.get("user", "0")).split(":")
    if {"0", "root", ""} & set(ids) and not service.user.root_reason:
        yield "runs as root without a stated reason"
    if container.get("cap_drop") != ["ALL"]:
        yield "does not drop all capabilities"
    reasons = {capability.name: capability.reason for capability in service.capabilities}
    for capability in container.get("cap_add", []):
        if not reasons.get(capability):
            yield f"keeps {capability} without a stated reason"
    options = container.get("security_opt", [])
    if _KEPT_PRIVILEGES not in options:
        yield "may gain new privileges"
    yield from (f"has the security option {option}" for option in options if option != _KEPT_PRIVILEGES)
    yield from (f"has {key}" for key in _NEVER if container.get(key))


def _mounts(container: Document) -> Iterator[str]:
    if container.get("read_only") is not True:
        yield "has a root file system that can be written to"
    for mount in container.get("volumes", []):
        source = _plain(str(mount).partition(":")[0])
        if source.endswith(_ENGINE_SOCKETS):
            yield f"mounts the engine's socket {source}"
        if source in _NOT_MOUNTED or not source.startswith("/"):
            yield f"mounts {source} of the host"


def _plain(path: str) -> str:
    """``/etc/`` and ``/srv/../etc`` are ``/etc``."""
    return "/" + normpath(path).lstrip("/") if path.startswith("/") else path


def _bounds(container: Document) -> Iterator[str]:
    if not container.get("healthcheck", {}).get("test"):
        yield "has no health check"
    for limit in ("mem_limit", "pids_limit"):
        if not container.get(limit):
            yield f"has no {limit}"
    if container.get("restart") not in {"always", "unless-stopped"}:
        yield "does not come back by itself"
    if "max-size" not in container.get("logging", {}).get("options", {}):
        yield "has a log without end"


def _networks(project: Document) -> Iterator[str]:
    defined = project.get("networks", {})
    for name, container in project["services"].items():
        joined = container.get("networks", {})
        if not joined:
            yield f"{name}: is in no network of the house, so the engine puts it into one that is open"
        yield from (
            f"{name}: is in {network}, which the house does not have" for network in joined if network not in defined
        )
