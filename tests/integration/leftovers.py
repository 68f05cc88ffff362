"""What a killed test run left on this machine, removed: needs Python alone, so that CI can do it before anything else.

Two ways tell the dead from the living. A container with the label of ``mark()`` belongs to the process named there.
Everything whose name begins like a lane's belongs to whoever holds the lock of that lane, which the kernel takes from
the dead: containers and networks (also those that the engine would start again and again), namespaces and wires,
rules of the packet filter, mounts, folders. Houses of people and of other tests stay as they are.
"""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess  # noqa: TID251 – a test lane speaks with its machine itself
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LABEL = "machiya.test"
_PROJECT = "machiya.project"
_SECONDS = 180
_TEMPORARY = Path(tempfile.gettempdir())
_MEMORY = Path("/run/machiya")
_INTERFACES = Path("/sys/class/net")
_CHAIN = "MACHIYA-"
_BRIDGE = re.compile(r"m\d+-\d+-\d")


@dataclass(frozen=True, slots=True)
class Lane:
    """What its things are called: ``project`` begins the names of containers, networks, namespaces and folders.

    Mounts whose path has ``inside`` in it are its own.
    """

    lock: str
    project: str
    wires: str = ""
    folders: str = ""
    inside: str = ""


CLOSED = Lane("closed", "mcclosed", wires="mcc-")
HOUSE = Lane("mhouse", "mhouse", wires="mhouse-", folders="machiya-mhouse", inside="/machiya-mhouse/")
DOCKER = Lane("docker-lane", "machiya-lane-", folders="machiya-lane-", inside="/memory")
DOVECOT = Lane("dovecot-lane", "machiya-dovecot-lane", folders="machiya-dovecot-lane-")
POSTFIX = Lane("postfix-lane", "machiya-postfix-lane-", inside="/containers/bulk/log/postfix")
SCANNER = Lane("scanner-lane", "mcscan-", folders="machiya-scanner-")
LANES = (CLOSED, HOUSE, DOCKER, DOVECOT, POSTFIX, SCANNER)


@contextlib.contextmanager
def alone(lane: Lane) -> Iterator[None]:
    """One run of ``lane`` at a time on a machine: it begins and ends with nothing of it there."""
    with _lock(lane, fcntl.LOCK_EX):
        remove()
        _sweep(lane)
        try:
            yield
        finally:
            _sweep(lane)


@contextlib.contextmanager
def beside_others(lane: Lane) -> Iterator[None]:
    """Runs side by side; the first of them finds nothing of the dead."""
    _sweep_if_dead(lane)
    with _lock(lane, fcntl.LOCK_SH):
        yield


def mark() -> str:
    """``key=value`` for ``--label``: the process id of the run and when it started, since an id is used again."""
    return f"{LABEL}={_run(os.getpid())}"


def remove() -> None:
    """Containers and networks with the label of a dead run."""
    for kind, found in _listed().items():
        _docker_rm(kind, [one.id for one in found if one.mark and not _lives(one.mark)])


def remove_all() -> None:
    """Everything of every dead run."""
    remove()
    for lane in LANES:
        _sweep_if_dead(lane)
    _remove_fences(_walls_off_nothing)
    _end_orphans()


def _sweep_if_dead(lane: Lane) -> None:
    with contextlib.suppress(BlockingIOError), _lock(lane, fcntl.LOCK_EX | fcntl.LOCK_NB):
        _sweep(lane)


@contextlib.contextmanager
def _lock(lane: Lane, how: int) -> Iterator[None]:
    with (_TEMPORARY / f"machiya-{lane.lock}.lock").open("w") as file:
        fcntl.flock(file, how)
        yield


def _sweep(lane: Lane) -> None:
    for kind, found in _listed().items():
        _docker_rm(kind, [one.id for one in found if one.of(lane) and not _lives_elsewhere(one.mark)])
    for name in _first_words("ip", "netns", "list"):
        if name.startswith(f"{lane.project}-"):
            _remove_namespace(name)
    for name in (path.name for path in _INTERFACES.iterdir()):
        if lane.wires and name.startswith(lane.wires):
            _say("ip", "link", "delete", name)
    _remove_fences(lambda chain, _: chain.startswith(f"{_CHAIN}{lane.project}"))
    _remove_files(lane)


@dataclass(frozen=True, slots=True)
class _Thing:
    """A container or network of the engine."""

    id: str
    name: str
    mark: str
    project: str

    def of(self, lane: Lane) -> bool:
        return self.name.startswith(lane.project) or self.project.startswith(lane.project)


def _listed() -> dict[str, list[_Thing]]:
    """In the order in which they can be removed."""
    labels = f'|{{{{.Label "{LABEL}"}}}}|{{{{.Label "{_PROJECT}"}}}}'
    containers = _say("docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}}|{{.Names}}" + labels)
    networks = _say("docker", "network", "ls", "--no-trunc", "--format", "{{.ID}}|{{.Name}}" + labels)
    return {kind: [_Thing(*line.split("|")) for line in text.splitlines()]
            for kind, text in (("container", containers), ("network", networks))}  # fmt: skip


def _docker_rm(kind: str, ids: list[str]) -> None:
    for one in ids:  # one by one: another run may have removed its own by now
        _say("docker", kind, "rm", *(["--force", "--volumes"] if kind == "container" else []), one)


def _remove_namespace(name: str) -> None:
    for process in _first_words("ip", "netns", "pids", name):
        with contextlib.suppress(OSError):
            os.kill(int(process), signal.SIGKILL)
    _say("ip", "netns", "delete", name)


def _remove_fences(dead: Callable[[str, set[str]], bool]) -> None:
    """Their rules would wall off whoever uses the addresses next."""
    for command in ("iptables-nft", "iptables-legacy"):
        found: dict[str, set[str]] = {}
        for words in (line.split() for line in _say(command, "-w", "-t", "raw", "-S").splitlines()):
            if words[1].startswith(_CHAIN):
                found.setdefault(words[1], set()).update(word for word in words if _BRIDGE.fullmatch(word))
        for chain in (chain for chain, bridges in found.items() if dead(chain, bridges)):
            for verb in (("-D", "PREROUTING", "-j"), ("-F",), ("-X",)):
                _say(command, "-w", "-t", "raw", *verb, chain)


def _walls_off_nothing(_chain: str, bridges: set[str]) -> bool:
    return bool(bridges) and not any((_INTERFACES / name).exists() for name in bridges)


def _remove_files(lane: Lane) -> None:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if lane.inside and lane.inside in place and place.startswith(f"{_TEMPORARY}/"):
            _say("umount", "--lazy", place)
    for path in (*_MEMORY.glob(f"{lane.project}*"), *(_TEMPORARY.glob(f"{lane.folders}*") if lane.folders else ())):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _end_orphans() -> None:
    """Parts of test houses and databases whose test run is gone; when a parent ends, its children are next."""
    for _ in range(3):
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes()
                ours = any(sign in words for sign in (b"/pytest-of-", b"/machiya-mariadb-", b"/machiya-mhouse/"))
                if ours and _stat(int(folder.name))[1] == "1":
                    os.kill(int(folder.name), signal.SIGKILL)


def _lives_elsewhere(value: str) -> bool:
    return value != _run(os.getpid()) and _lives(value)


def _lives(value: str) -> bool:
    process, _, _ = value.partition("-")
    return process.isdecimal() and _run(int(process)) == value


def _run(process: int) -> str:
    with contextlib.suppress(OSError):
        return f"{process}-{_stat(process)[19]}"
    return ""


def _stat(process: int) -> list[str]:
    """Source: proc(5): state, parent (field 4), …, when it started, in ticks since the boot (field 22)."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _first_words(*command: str) -> list[str]:
    return [line.split()[0] for line in _say(*command).splitlines() if line.strip()]


def _say(*words: str) -> str:
    """What a command printed; nothing where it failed or is not there."""
    try:
        done = subprocess.run(  # noqa: S603 – fixed argv
            words, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout


if __name__ == "__main__":
    remove_all()
