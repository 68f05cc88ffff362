"""The seat of mail-api on the edge network: a namespace with its address, for a process of this machine."""

import os
import socket
import subprocess  # noqa: TID251 – a test lane starts what it tests
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from integration.closed.commands import attempt, run
from integration.closed.docker import PREFIX
from integration.closed.places import PREFIX as PLACE
from integration.closed.places import remove_namespace
from machiya.stacks.catalogue.mail_api import service as mail_api
from machiya.stacks.networks import Network, address

NAMESPACE = f"{PLACE}mail-api"
ADDRESS = address(PREFIX, Network.EDGE, "mail-api")
_LIMIT_SECONDS = 180.0


@contextmanager
def seat(bridge: str) -> Iterator[None]:
    """Its wire ends at ``bridge``, as a container's would."""
    run("ip", "netns", "add", NAMESPACE)
    try:
        run("ip", "link", "add", "mcc-seat", "type", "veth", "peer", "name", "eth0", "netns", NAMESPACE)
        run("ip", "link", "set", "mcc-seat", "master", bridge, "up")
        for command in (f"address add {ADDRESS}/24 dev eth0", "link set eth0 up", "link set lo up"):
            run("ip", "-netns", NAMESPACE, *command.split())
        yield
    finally:
        remove_namespace(NAMESPACE)
        attempt(["ip", "link", "delete", "mcc-seat"])


@contextmanager
def seated(argv: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """``argv`` runs there and listens."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 – our own command
            ["/usr/bin/env", "ip", "netns", "exec", NAMESPACE, *argv],
            env={**os.environ, **environment},  # noqa: TID251 – a child needs its parent's
            stdout=output,
            stderr=output,
        )
    try:
        _wait(process, log)
        yield
    finally:
        process.terminate()
        process.wait(_LIMIT_SECONDS)


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> None:
    limit = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < limit:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            socket.create_connection((ADDRESS, mail_api.PORT), timeout=1).close()
        except OSError:
            time.sleep(0.1)  # noqa: TID251 – another process: there is no event to wait for
        else:
            return
    raise AssertionError(log.read_text("utf-8", "replace"))
