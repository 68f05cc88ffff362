"""``--profile``: mail-api once more in the goal's case, under cProfile."""

import pstats
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from sys import version_info

from bench.inbound.designs import HttpDesign
from bench.inbound.dovecot import BenchDovecot
from bench.inbound.measuring import measure
from bench.inbound.messages import signed_puts
from bench.inbound.ours import House
from bench.inbound.plan import GOAL_CASE, OURS
from bench.inbound.processes import ROOT

MESSAGES = 1000
_TOP = 25
_THREADS = ("main", "ledger-writer")
# Waiting, and what happens once when the process starts.
_NOT_WORK = (
    "<method 'poll' of", "<method 'acquire' of", "<method 'get' of '_queue", "asyncio/runners.py",
    "<built-in method builtins.compile>", "<built-in method builtins.exec>",
    "<built-in method builtins.__build_class__>",
    "<built-in method marshal.loads>", "<method 'read' of '_io.BufferedReader'", "<frozen ", "pygments/",
)  # fmt: skip


def profile_ours(folder: Path, house: House, dovecot: BenchDovecot) -> str:
    """Stop the house's mail-api, run a profiled one, and say which functions took most of their own time.

    The profiler slows Python code several times over: read the shares, not the rate.
    """
    house.stop()
    output = folder / "profiles"
    server = house.profiled(output).start(house.port)
    try:
        design = HttpDesign(
            server,
            house.port,
            folder / "profiled",
            lambda content, to, port: signed_puts(content, to, key=house.key, port=port, now=datetime.now(UTC)),
        )
        one = measure(OURS, design, GOAL_CASE, MESSAGES, 1, dovecot)
    finally:
        server.stop()
    parts = [_top(output / f"{thread}.prof") for thread in _THREADS]
    head = f"Profile of mail-api, {GOAL_CASE}, {one.rate:.0f} msg/s under the profiler, times in ms a message"
    return "\n\n".join([head, *parts])


def _top(path: Path) -> str:
    stats = pstats.Stats(str(path), stream=StringIO())
    rows = []
    for (file, line, name), (_, calls, own, total, _) in stats.stats.items():  # type: ignore[attr-defined]
        where = f"{_short(file)}:{line}({name})" if line else name
        rows.append((own, total, calls, where))
    rows = sorted((row for row in rows if not row[3].startswith(_NOT_WORK)), reverse=True)[:_TOP]
    lines = [f"thread {path.stem}", "   own    with callees   calls/message  function"]
    lines += [
        f"{1000 * own / MESSAGES:6.3f}  {1000 * total / MESSAGES:12.3f}  {calls / MESSAGES:13.1f}  {where}"
        for own, total, calls, where in rows
    ]
    return "\n".join(lines)


def _short(file: str) -> str:
    """The part of a path that says something."""
    for start in (str(ROOT / "src") + "/", "site-packages/", f"lib/python{version_info.major}.{version_info.minor}/"):
        if start in file:
            return file.rpartition(start)[2]
    return file
