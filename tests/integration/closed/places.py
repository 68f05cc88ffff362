"""Places outside the house: network namespaces, each on a wire of its own to this machine."""

import json
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from integration.closed.commands import attempt, run

PREFIX = "mcclosed-"
_SCAN = Path(__file__).with_name("scan.py")
_PATIENCE_SECONDS = 120.0

Door = tuple[str, int]


def remove_namespace(name: str) -> None:
    """With it goes its wire."""
    for pid in attempt(["ip", "netns", "pids", name]).out.split():
        attempt(["kill", "-9", pid])
    attempt(["ip", "netns", "delete", name])


class Place:
    """A namespace ``name`` whose one wire ends at this machine's interface ``interface``.

    ``network`` is the first three bytes of a /24: this machine is .1 there, the place is .2. Its loopback stays down,
    so that 127.0.0.1 may be an address on the wire.
    """

    def __init__(self, name: str, network: str) -> None:
        self.namespace = f"{PREFIX}{name}"
        self.interface = f"mcc-{name}"
        self.machine, self.address = f"{network}.1", f"{network}.2"

    def open(self) -> None:
        """Make it."""
        run("ip", "netns", "add", self.namespace)
        inside = ("peer", "name", "eth0", "netns", self.namespace)
        run("ip", "link", "add", self.interface, "type", "veth", *inside)
        run("ip", "address", "add", f"{self.machine}/24", "dev", self.interface)
        run("ip", "link", "set", self.interface, "up")
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")

    def close(self) -> None:
        """Remove it and its wire."""
        remove_namespace(self.namespace)
        attempt(["ip", "link", "delete", self.interface])

    def route(self, *destinations: str) -> None:
        """Send packets for ``destinations`` to this machine, whoever has them."""
        for destination in destinations:
            self.run("ip", "route", "replace", destination, "via", self.machine)

    def run(self, *argv: str) -> str:
        """Run a command there."""
        return run("ip", "netns", "exec", self.namespace, *argv)

    def open_doors(self, doors: Sequence[tuple[str, str]], wanted: Collection[Door] = ()) -> set[Door]:
        """Which of ``(host, ports)`` can be connected to from there; see ``scan_by``."""
        return scan_by(["ip", "netns", "exec", self.namespace], doors, wanted)


def scan_by(way: Sequence[str], doors: Sequence[tuple[str, str]], wanted: Collection[Door] = ()) -> set[Door]:
    """Every door that was open once; ``way`` is the command that leads into the namespace.

    A listener just started, or on a busy machine, may not answer in time: while one of ``wanted`` did not, all are
    tried again.
    """
    words = [word for door in doors for word in door]
    limit, found = time.monotonic() + _PATIENCE_SECONDS, set[Door]()
    while True:
        printed = run(*way, sys.executable, str(_SCAN), *words, seconds=300)
        found |= {(host, port) for host, port in json.loads(printed)}
        if found.issuperset(wanted) or time.monotonic() > limit:
            return found
        time.sleep(0.5)  # noqa: TID251 – another process: there is no event to wait for
