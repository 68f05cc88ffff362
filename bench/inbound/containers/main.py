"""The command line of the bench through the containers."""

import argparse
import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.inbound.containers import plan
from bench.inbound.containers.designs import PEER_POSTFIX, HouseStore, PeerDesign, through_the_house, until_taken
from bench.inbound.containers.house import ContainerHouse, require_root_and_docker
from bench.inbound.containers.memory import Watched, highest, memory_of
from bench.inbound.containers.peer import PostfixPeer
from bench.inbound.containers.report import report, save
from bench.inbound.measuring import run_steps
from bench.inbound.outcomes import Outcomes
from bench.inbound.plan import Step
from bench.inbound.processes import ROOT, BenchError, remove_tree
from bench.inbound.warmed import WarmedMailboxes

CACHE = ROOT / ".cache"
_REST_SECONDS = 10.0


@dataclass
class Found:
    """All that a run gave."""

    outcomes: Outcomes = field(default_factory=Outcomes)
    idle: dict[str, int] = field(default_factory=dict)
    loaded: dict[str, int] = field(default_factory=dict)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 0: it ran and every message became a file, 1: messages were lost, 2: it could not run."""
    parser = argparse.ArgumentParser(prog="bench/inbound/containers", description="The whole house against Postfix.")
    parser.add_argument("--quick", action="store_true", help="fewer messages and rounds")
    quick = parser.parse_args(argv).quick
    signal.signal(signal.SIGTERM, _ended)
    try:
        require_root_and_docker()
        with _folder() as folder:
            return _bench(folder, quick=quick)
    except BenchError as error:
        print(f"bench/inbound/containers: {error}", file=sys.stderr)
        return 2


def _ended(number: int, _: object) -> None:
    """A run that is ended takes its containers down, too."""
    sys.exit(128 + number)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """One run at a time; what a killed run left is removed first."""
    CACHE.mkdir(exist_ok=True)
    folder = CACHE / "bench-containers"
    with (CACHE / "bench-containers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        house = ContainerHouse(folder)
        peer = PostfixPeer(house, folder / "peer")
        _clear(house, peer, folder)
        folder.mkdir(mode=0o755)
        try:
            yield folder
        finally:
            _clear(house, peer, folder)


def _clear(house: ContainerHouse, peer: PostfixPeer, folder: Path) -> None:
    peer.stop()
    house.down()
    remove_tree(folder)


def _bench(folder: Path, *, quick: bool) -> int:
    started, load = time.monotonic(), os.getloadavg()[0]
    house, found, steps = ContainerHouse(folder), Found(), plan.steps(quick=quick)
    house.raise_()
    _say("the house is up")
    mail = WarmedMailboxes(house.mail, folder)
    mail.warm(house.at("dovecot"), 24)
    _say("the mailboxes are warm")
    _phase(folder, house, mail, steps, found, scanning=True)
    house.without_scanning()
    _say("scanning is off")
    _phase(folder, house, mail, steps, found, scanning=False)
    facts = {"quick": quick, "cpus": os.cpu_count(), "load_before": round(load, 2)}
    report(found.outcomes, found.idle, found.loaded, [step.case for step in steps], facts)
    saved = save(found.outcomes, found.idle, found.loaded, facts)
    print(f"\n{time.monotonic() - started:.0f} s in all; every measure is in {saved.relative_to(ROOT)}")
    return 1 if found.outcomes.lost() else 0


def _phase(
    folder: Path, house: ContainerHouse, mail: WarmedMailboxes, steps: Sequence[Step], found: Found, *, scanning: bool
) -> None:
    """Ours and the peer in turn, both with or both without scanning."""
    peer = PostfixPeer(house, folder / "peer")
    peer.start(scanning=scanning)
    store = HouseStore(house, mail)
    if scanning:
        time.sleep(_REST_SECONDS)  # noqa: TID251 – idle is what is left when nothing happens
        found.idle = memory_of({name: cgroup for name, cgroup in store.cgroups.items() if name != PEER_POSTFIX})
    ours, theirs = plan.PAIRS[1 if scanning else 0]
    designs = {ours: through_the_house(house, folder / "ours"), theirs: PeerDesign(peer, folder / "smtp")}
    for design in designs.values():
        until_taken(design)
    with Watched(store.cgroups) as watched:
        found.outcomes.measures += run_steps(steps, designs, store).measures
    found.loaded = highest(found.loaded, watched.most)
    peer.stop()


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {what}", file=sys.stderr, flush=True)
