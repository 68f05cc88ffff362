"""Ports for daemons that must know theirs before they listen, and addresses for networks."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_ROUTES = Path("/proc/net/route")
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


def free_prefix(lowest: int, count: int) -> str:
    """``10.N``, to which no route of this machine leads; nobody else gets it while this process lives.

    Source: proc(5), /proc/net/route: addresses are little endian.
    """
    for number in random.sample(range(lowest, lowest + count), count):
        lock = os.open(Path(tempfile.gettempdir(), f"machiya-network-{number}.lock"), os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        routes = [line.split()[1] for line in _ROUTES.read_text().splitlines()[1:]]
        if not any(route.endswith(f"{number:02X}0A") for route in routes):
            return f"10.{number}"  # the lock stays until the process ends
        os.close(lock)
    raise AssertionError(f"no network from 10.{lowest} on is free; see ip route")


def _ceiling() -> int:
    lowest = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    return lowest if lowest > _LOWEST + 1000 else 32_768


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("0.0.0.0", port)):  # noqa: S104 – only a look, on every address
            return True
    except OSError:
        return False
