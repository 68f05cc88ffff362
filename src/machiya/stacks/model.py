"""What a service is: one place for its image, user, storage, networks, secrets, health, limits and reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from machiya.core.sizes import MIB
from machiya.stacks.networks import Network


class Storage(StrEnum):
    """Where a volume lies: a storage class of machiya.toml, or the run folder (sockets and pids; lost without harm)."""

    FAST = "fast"
    BULK = "bulk"
    RUN = "run"


class Reachable(StrEnum):
    """Where a port is published. There is no third place."""

    LOOPBACK = "loopback"
    VPN = "vpn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A folder of the catalogue to build, or a ``reference`` to pull; ``folder`` may be shared by several services."""

    folder: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """Numeric ids. Root (0) needs ``root_reason``: one sentence that says why the daemon cannot do without."""

    uid: int
    gid: int
    root_reason: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """A Linux capability that is kept, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A folder of the host: ``<storage>/<name>`` at ``target``. ``owner`` (uid, gid): none means the service's user."""

    storage: Storage
    name: str
    target: str
    mode: int = 0o700
    owner: tuple[int, int] | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class HouseFile:
    """One file of the house's folder, read-only in the container (``machiya.toml``)."""

    name: str
    target: str


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """``template`` in the service's ``config/`` becomes ``path`` below ``config_target``."""

    template: str
    path: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """A file in ``/run/secrets`` of the container: the value of ``secret``, or a ``template`` of ``config/``.

    A template may use every secret. ``optional``: the secret may be empty, and so is the file then.
    """

    path: str
    secret: str = ""
    template: str = ""
    mode: int = 0o400
    owner: tuple[int, int] | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """The service is in ``network`` at its fixed address; ``reason`` says what for."""

    network: Network
    reason: str


@dataclass(frozen=True, slots=True)
class Publication:
    """``container_port`` is reachable as ``port`` on the loopback or the VPN address; ``reason`` says who comes."""

    port: int
    container_port: int
    reachable: Reachable
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the engine asks whether the service works: ``test`` is an argv inside the container."""

    test: tuple[str, ...]
    interval_seconds: float = 10.0
    timeout_seconds: float = 8.0
    retries: int = 3
    start_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the service may take of the machine."""

    memory_bytes: int = 256 * MIB
    processes: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One container of the house.

    Args:
        about: one line, why it exists; shown by ``status``.
        config_target: where the folder with its rendered ``configs`` is mounted, read-only.
        temporary: folders on tmpfs: path to mount options (``size=16m,mode=1777``).
        check: argv that checks the configuration at ``config_target`` with the daemon's own checker; empty: none.
        reload: argv run in the container that makes it read configuration and certificates again; empty: restart.
        needs: services that must be healthy before it starts.
    """

    name: str
    about: str
    image: Image
    user: User
    networks: tuple[Attachment, ...]
    health: Health
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    capabilities: tuple[Capability, ...] = ()
    volumes: tuple[Volume, ...] = ()
    house_files: tuple[HouseFile, ...] = ()
    configs: tuple[ConfigFile, ...] = ()
    config_target: str = ""
    secrets: tuple[SecretFile, ...] = ()
    temporary: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    publishes: tuple[Publication, ...] = ()
    limits: Limits = Limits()
    check: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    stop_seconds: int = 30
    restart: str = "always"
