"""Postfix's ``smtp-source``: raw LMTP, the peer without anything in front of Dovecot.

Debian's postfix package is unpacked into ``.cache``; nothing is installed.
"""

import os
import shutil
import subprocess  # noqa: TID251 – a bench starts what it measures
import time
from pathlib import Path

from bench.inbound.plan import PEER_DOMAIN, SENDER
from bench.inbound.processes import ROOT, BenchError, inherited, run

CACHE = ROOT / ".cache" / "postfix"
_RUN_SECONDS = 300


class SmtpSource:
    """The program and its libraries, ready to run."""

    def __init__(self, cache: Path = CACHE) -> None:
        self._program = cache / "root" / "usr" / "sbin" / "smtp-source"
        self._environment = {**inherited(), "LD_LIBRARY_PATH": str(cache / "root" / "usr" / "lib" / "postfix")}
        if not self._program.exists():
            _unpack(cache)
        self._check()

    def _check(self) -> None:
        loaded = run(["ldd", str(self._program)], seconds=30, environment=self._environment)
        missing = [line.split()[0] for line in loaded.splitlines() if "not found" in line]
        if missing:
            raise BenchError(
                f"smtp-source lacks {', '.join(missing)}: apt-get install the packages that hold these libraries "
                "(apt-cache depends postfix), not postfix itself"
            )

    def send(self, port: int, content: Path, *, messages: int, connections: int, keep: bool) -> tuple[float, float]:
        """Send ``messages`` copies, recipients numbered from 1; (wall seconds, CPU seconds).

        Args:
            port: LMTP on loopback.
            content: the message with LF line ends.
            messages: how many, each to the next recipient.
            connections: sessions in parallel.
            keep: ``-d``, all messages of a session over one connection.

        Raises:
            BenchError: it stopped at a reply it did not expect.
        """
        argv = [str(self._program), "-L", "-N", "-m", str(messages), "-s", str(connections), *(["-d"] if keep else [])]
        argv += ["-f", SENDER, "-t", f"@{PEER_DOMAIN}", "-F", str(content), f"inet:127.0.0.1:{port}"]
        started, before = time.perf_counter(), os.times()
        try:
            done = subprocess.run(  # noqa: S603 – argv of our own
                argv, capture_output=True, text=True, timeout=_RUN_SECONDS, check=False, env=self._environment
            )
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"smtp-source took more than {_RUN_SECONDS} s") from error
        seconds, after = time.perf_counter() - started, os.times()
        if done.returncode:
            raise BenchError(f"smtp-source: {done.stderr.strip()[-500:]}")
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return seconds, cpu


def _unpack(cache: Path) -> None:
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise BenchError(f"{tool} is missing: smtp-source is taken from Debian's postfix package")
    cache.mkdir(parents=True, exist_ok=True)
    shell_free = ["env", "-C", str(cache)]
    try:
        run([*shell_free, "apt-get", "download", "postfix"], seconds=120)
    except BenchError as error:
        raise BenchError(f"Debian's postfix package cannot be had (apt-get update first?): {error}") from error
    package = next(iter(cache.glob("postfix_*.deb")))
    run(["dpkg", "-x", str(package), str(cache / "root")], seconds=60)
