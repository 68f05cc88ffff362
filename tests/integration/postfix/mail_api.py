"""A real mail-api on this host, and how the lane waits for other processes."""

import json
import subprocess  # noqa: TID251 – a test lane starts what it needs itself
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

SECONDS = 240.0


def wait_for(what: str, look: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first true answer; an error after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)  # noqa: TID251 – another process is waited for
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


@dataclass
class MailApi:
    """``machiya mail-api`` on a house of its own."""

    root: Path
    environment: Mapping[str, str]
    port: int
    private_port: int
    _process: "subprocess.Popen[bytes] | None" = None

    def machiya(self, *words: str) -> str:
        """Run a command; what it printed."""
        argv = [sys.executable, "-m", "machiya", "--house", str(self.root), *words]
        done = subprocess.run(argv, env=dict(self.environment), capture_output=True, check=False, timeout=120)  # noqa: S603 – fixed argv
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start(self) -> None:
        with (self.root.parent / "mail-api.log").open("ab") as log:
            argv = [sys.executable, "-m", "machiya", "--house", str(self.root), "mail-api"]
            self._process = subprocess.Popen(argv, env=dict(self.environment), stdout=log, stderr=log)  # noqa: S603 – fixed argv
        wait_for("mail-api", self._ready)

    def _ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, (self.root.parent / "mail-api.log").read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{self.private_port}/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """``kill -9``."""
        if self._process:
            self._process.kill()
            self._process.wait(60)
            self._process = None

    def journeys(self, query: str) -> list[dict[str, Any]]:
        """``machiya trace QUERY --json``, what goes out; empty where it knows nothing."""
        argv = [sys.executable, "-m", "machiya", "--house", str(self.root), "trace", query, "--json"]
        done = subprocess.run(argv, env=dict(self.environment), capture_output=True, check=False, timeout=120)  # noqa: S603 – fixed argv
        found = json.loads(done.stdout) if done.returncode == 0 else []
        return [one for one in found if one["direction"] == "out"]
