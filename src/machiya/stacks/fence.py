"""The fence: packets reach the house's networks only where the house means them to; rules as data.

Docker accepts a packet that is routed straight to a container's published port from any interface, whatever address
the port was published on, and Linux takes a packet for any of its addresses on any interface. So the first table that a
packet meets (raw, PREROUTING) asks where it came in.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from machiya.core.errors import InvalidInput

CHAIN_PREFIX = "MACHIYA-"
CHAIN_CHARACTERS = 28
INTERFACE_CHARACTERS = 15
_LOOPBACK = IPv4Network("127.0.0.0/8")


@dataclass(frozen=True, slots=True)
class Yard:
    """One network of the house: the ``bridge`` its containers hang on and their addresses."""

    bridge: str
    subnet: IPv4Network


@dataclass(frozen=True, slots=True)
class Gate:
    """Where mail clients come in: ``ports`` of ``address``, from ``interface`` only."""

    address: IPv4Address
    interface: str
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """A chain of the raw table and its rules, in order, as ``iptables -A`` takes them."""

    chain: str
    rules: tuple[str, ...]

    def to_restore(self) -> str:
        """Input for ``iptables-restore --noflush``: makes or empties the chain and fills it, in one step."""
        lines = ("*raw", f":{self.chain} - [0:0]", *(f"-A {self.chain} {rule}" for rule in self.rules), "COMMIT")
        return "\n".join(lines) + "\n"


def chain_name(project: str) -> str:
    """The chain of one house; a long project name is shortened to its hash."""
    name = CHAIN_PREFIX + project
    if len(name) <= CHAIN_CHARACTERS:
        return name
    return CHAIN_PREFIX + hashlib.sha256(project.encode()).hexdigest()[: CHAIN_CHARACTERS - len(CHAIN_PREFIX)]


def build_fence(project: str, yards: Sequence[Yard], gate: Gate | None) -> Fence:
    """The rules of one house.

    The machine itself (``lo``) may go everywhere. From a yard a packet may go to that yard alone: Docker keeps the
    yards apart too, but not before it has translated addresses. The address of the gate is asked for before that, so
    neither the street nor another container reaches a mail port by it. ``gate`` is None where all is on loopback.

    Raises:
        InvalidInput: an interface name that Linux does not take.
    """
    for name in (*(yard.bridge for yard in yards), *((gate.interface,) if gate else ())):
        _require_interface(name)
    return Fence(chain_name(project), ("-i lo -j RETURN", *_inside(yards), *_at_gate(gate), *_walls(yards)))


def _inside(yards: Sequence[Yard]) -> list[str]:
    return [f"-i {yard.bridge} -d {yard.subnet} -j RETURN" for yard in yards]


def _at_gate(gate: Gate | None) -> list[str]:
    if gate is None or gate.address in _LOOPBACK:
        return []
    return [f"! -i {gate.interface} -d {gate.address}/32 -p tcp -m tcp --dport {port} -j DROP" for port in gate.ports]


def _walls(yards: Sequence[Yard]) -> list[str]:
    return [f"-d {subnet} -j DROP" for subnet in (_LOOPBACK, *(yard.subnet for yard in yards))]


def _require_interface(name: str) -> None:
    if (
        not 0 < len(name) <= INTERFACE_CHARACTERS
        or not name.isascii()
        or not name.isprintable()
        or set(name) & set("/ +")
    ):
        raise InvalidInput(f"{name!r} is no name of a network interface", hint="At most 15 letters; see ip link.")
