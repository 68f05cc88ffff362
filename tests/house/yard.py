"""What a whole house takes of this machine: names, addresses, places outside; and the removal of all of it."""

import contextlib
import ctypes
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from integration.closed.commands import attempt, run
from integration.closed.places import Place, remove_namespace
from machiya.adapters.iptables.fence import IptablesFence
from machiya.bootstrap.workshop import shell_commands
from machiya.stacks.compose import PROJECT_LABEL
from machiya.stacks.fence import chain_name

PROJECT = "mhouse"
PREFIX = "10.232"
VPN_NETWORK, STREET_NETWORK = "100.98.7", "198.19.7"
SECRETS = Path("/run/machiya") / PROJECT
BACK_ENDS = ("iptables-nft", "iptables-legacy")
_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class HousePlace(Place):
    """A place outside this house; see ``Place``."""

    def __init__(self, name: str, network: str) -> None:
        super().__init__(name, network)
        self.namespace = self.interface = f"{PROJECT}-{name}"

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """This thread is there: sockets that it makes belong to the place."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.namespace}") as there:  # noqa: PTH123 – they are no files
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def remove_everything() -> None:
    """Whatever a house of this lane has made on this machine, also one that was killed."""
    label = f"label={PROJECT_LABEL}={PROJECT}"
    for container in run("docker", "ps", "--all", "--quiet", "--filter", label).split():
        attempt(["docker", "rm", "--force", "--volumes", container])
    for network in run("docker", "network", "ls", "--quiet", "--filter", label).split():
        attempt(["docker", "network", "rm", network])
    for line in attempt(["ip", "netns", "list"]).out.splitlines():
        if line.startswith(f"{PROJECT}-"):
            remove_namespace(line.split()[0])
    for command in BACK_ENDS:
        IptablesFence(shell_commands(), command).take_down(chain_name(PROJECT))
    shutil.rmtree(SECRETS, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """A house's folder; what is still mounted below it first."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        mounted = line.split()[1]
        if mounted.startswith(f"{folder}{os.sep}"):
            attempt(["umount", "--lazy", mounted])
    shutil.rmtree(folder, ignore_errors=True)
