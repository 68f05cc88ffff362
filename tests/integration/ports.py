"""Ports for daemons that must know theirs before they listen."""

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, none given twice in this process.

    They are below those that the kernel gives to outgoing connections: such a port can be taken by anybody between
    this look and the daemon's start, and while a daemon is down a client that tries again and again may even reach
    itself on it (a TCP self-connection).
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(_LOWEST, _ceiling())
        if port not in _given and _is_free(port):
            _given.add(port)
            found.append(port)
    return found


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


def _ceiling() -> int:
    lowest = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    return lowest if lowest > _LOWEST + 1000 else 32_768


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("0.0.0.0", port)):  # noqa: S104 – only a look, on every address
            return True
    except OSError:
        return False
