"""The command line of the bench."""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.inbound import table
from bench.inbound.designs import Design, HttpDesign, LmtpDesign
from bench.inbound.dovecot import BenchDovecot
from bench.inbound.generator import write_requests
from bench.inbound.measuring import WARM_UP_MESSAGES, run_steps, warm_up
from bench.inbound.messages import json_posts, message, signed_puts
from bench.inbound.ours import House
from bench.inbound.outcomes import Outcomes, judge
from bench.inbound.plan import (
    ASYNC_BLOCKING,
    GOALS,
    LMTP_KEPT,
    LMTP_NEW,
    OURS,
    SIZES,
    THREADS,
    Step,
    full_steps,
    quick_steps,
    recipients,
)
from bench.inbound.processes import ROOT, BenchError, Process, free_ports, python, run
from bench.inbound.profiling import profile_ours
from bench.inbound.reference import KEY
from bench.inbound.smtp_source import SmtpSource

RESULTS = ROOT / "bench" / "results"
CACHE = ROOT / ".cache"
_CEILING_MESSAGES = 5000


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 0: it ran and every message became a file, 1: messages were lost, 2: it could not run."""
    options = _parser().parse_args(argv)
    steps = quick_steps() if options.quick else full_steps()
    try:
        with _folder() as folder:
            return _bench(folder, steps, options)
    except BenchError as error:
        print(f"bench/inbound: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/inbound", description="Messages a second, ours against the peers.")
    parser.add_argument("--quick", action="store_true", help="the goal's case and the larger sizes, below two minutes")
    parser.add_argument("--profile", action="store_true", help="then say where ours spends its time")
    parser.add_argument(
        "--tuned-dovecot", action="store_true", help="let Dovecot's LMTP processes live on: the peers get faster"
    )
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="only designs whose name starts so (repeatable)"
    )
    return parser


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    # Under the repository: /tmp is memory on many machines, and a disk is what is measured.
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-inbound-", dir=CACHE) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _bench(folder: Path, steps: Sequence[Step], options: argparse.Namespace) -> int:
    started = time.monotonic()
    source = SmtpSource()
    load = os.getloadavg()[0]
    peers = max(WARM_UP_MESSAGES, *(step.messages for step in steps))
    with (
        BenchDovecot(folder, peers, tuned=options.tuned_dovecot) as dovecot,
        contextlib.ExitStack() as stack,
    ):
        house = House(folder / "house", dovecot.port)
        designs = _chosen(_designs(stack, folder, dovecot, house, source), options.only)
        warm_up(designs)
        ceiling = _generator_ceiling(folder)
        outcomes = run_steps(steps, designs, dovecot)
        profile = profile_ours(folder, house, dovecot) if options.profile else ""
    _report(outcomes, steps, _facts(ceiling, load, options), profile)
    saved = _save(outcomes, _facts(ceiling, load, options))
    print(f"\n{time.monotonic() - started:.0f} s in all; every measure is in {saved.relative_to(ROOT)}")
    return 1 if outcomes.lost() else 0


def _designs(
    stack: contextlib.ExitStack, folder: Path, dovecot: BenchDovecot, house: House, source: SmtpSource
) -> dict[str, Design]:
    house.start()
    stack.callback(house.stop)
    return {
        OURS: HttpDesign(
            house.process,
            house.port,
            folder / "ours",
            lambda content, to, port: signed_puts(content, to, key=house.key, port=port, now=datetime.now(UTC)),
        ),
        ASYNC_BLOCKING: _reference(stack, folder, dovecot, "async"),
        THREADS: _reference(stack, folder, dovecot, "threads"),
        LMTP_NEW: LmtpDesign(source, dovecot.port, folder, keep=False),
        LMTP_KEPT: LmtpDesign(source, dovecot.port, folder, keep=True),
    }


def _reference(stack: contextlib.ExitStack, folder: Path, dovecot: BenchDovecot, kind: str) -> HttpDesign:
    (port,) = free_ports(1)
    argv = [python(), "-m", "bench.inbound.reference", kind, str(port), str(dovecot.port)]
    server = Process(argv, folder / f"{kind}.log")
    stack.callback(server.stop)
    server.start(port)
    return HttpDesign(
        server, port, folder / kind, lambda content, to, to_port: json_posts(content, to, key=KEY, port=to_port)
    )


def _chosen(designs: Mapping[str, Design], only: Sequence[str] | None) -> dict[str, Design]:
    return {name: one for name, one in designs.items() if not only or name.startswith(tuple(only))}


def _generator_ceiling(folder: Path) -> float:
    """Requests a second of 4 kB over 16 connections when the server does nothing."""
    (port,) = free_ports(1)
    null = Process([python(), "-m", "bench.inbound.ceiling", str(port)], folder / "null.log")
    requests = folder / "null"
    requests.mkdir()
    puts = signed_puts(
        message(SIZES["4kB"]), recipients(_CEILING_MESSAGES), key="none", port=port, now=datetime.now(UTC)
    )
    write_requests(requests, puts)
    try:
        null.start(port)
        told = json.loads(run([python(), "-m", "bench.inbound.generator", str(port), "16", str(requests)], seconds=120))
    finally:
        null.stop()
    return float(_CEILING_MESSAGES / told["seconds"])


def _facts(ceiling: float, load: float, options: argparse.Namespace) -> dict[str, Any]:
    """What one must know beside the figures."""
    return {
        "quick": options.quick,
        "dovecot": "tuned" if options.tuned_dovecot else "as the mail stack runs it",
        "cpus": os.cpu_count(),
        "load_before": round(load, 2),
        "generator_ceiling_per_second": round(ceiling),
    }


def _report(outcomes: Outcomes, steps: Sequence[Step], facts: Mapping[str, Any], profile: str) -> None:
    cases = [step.case for step in steps]
    print("\nMedians over interleaved rounds; one Dovecot, 400 warmed mailboxes; every figure counted in files.")
    print(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))
    for part in (table.rates(outcomes, cases), table.ratios(outcomes, cases), table.cpu(outcomes, cases)):
        print(f"\n{part}")
    print(f"\nGoals\n{table.goals(judge(outcomes, GOALS, OURS))}")
    for one in outcomes.lost():
        print(f"DOES NOT COUNT  {one.case} {one.design} round {one.round_number}: {one.sent} sent, {one.files} files")
    if profile:
        print(f"\n{profile}")


def _save(outcomes: Outcomes, facts: Mapping[str, Any]) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    moment = datetime.now(UTC)
    document = {
        "at": moment.isoformat(timespec="seconds"),
        **facts,
        "goals": [
            {
                "case": str(one.goal.case),
                "peer": one.goal.peer,
                "factor": one.goal.factor,
                "ratio": one.ratio,
                "met": one.met,
            }
            for one in judge(outcomes, GOALS, OURS)
        ],
        "measures": [one.document() for one in outcomes.measures],
    }
    path = RESULTS / f"inbound-{moment:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    return path
