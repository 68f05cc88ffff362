"""Debian's MariaDB as a process of the test run: an empty data folder, a unix socket, gone at the end."""

import os
import shutil
import signal
import subprocess  # noqa: TID251 – a test lane starts its daemon itself
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pymysql
from sqlalchemy import make_url

START_SECONDS = 240
STOP_SECONDS = 60
_INSTALL = "apt-get install mariadb-server-core mariadb-client"


class MariaDbServer:
    """One server; ``new_database`` makes empty databases in it. Runs as ``nobody`` when the tests run as root."""

    def __init__(self) -> None:
        self._programs = {name: _find(name) for name in ("mariadbd", "mariadb-install-db")}
        self.folder = Path(tempfile.mkdtemp(prefix="machiya-mariadb-"))
        self.socket = self.folder / "socket"
        self._user = "nobody" if os.geteuid() == 0 else ""
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._starts = 0

    def __enter__(self) -> Self:
        if self._user:
            shutil.chown(self.folder, self._user)
        try:
            self._install()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """The url of a fresh database. Its default character set is not ours on purpose."""
        self._databases += 1
        name = f"machiya_{self._databases}"
        self.say(f"CREATE DATABASE {name} CHARACTER SET latin1")
        return f"mysql+pymysql://root@localhost/{name}?unix_socket={self.socket}"

    def drop_database(self, url: str) -> None:
        """Forget a database of ``new_database``."""
        self.say(f"DROP DATABASE {make_url(url).database}")

    def say(self, statement: str, database: str | None = None) -> tuple[tuple[object, ...], ...]:
        """Run one statement as root."""
        with (
            pymysql.connect(
                user="root",
                unix_socket=str(self.socket),
                autocommit=True,
                connect_timeout=60,
                charset="utf8mb4",
                database=database,
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            return tuple(cursor.fetchall())

    def start(self) -> None:
        """Start it on its folder and wait until it answers."""
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(  # noqa: S603 – fixed argv
                [*self._command("mariadbd"), f"--socket={self.socket}", "--skip-networking", "--pid-file=pid",
                 "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=32M", "--performance-schema=OFF",
                 "--innodb-flush-log-at-trx-commit=2",
                 "--skip-log-bin"],
                stdout=log, stderr=log,
            )  # fmt: skip
        self._await_answer(self._process)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Alive, its socket open, and silent – as on a disk that hangs."""
        if self._process is None:
            raise AssertionError("it does not run")
        self._process.send_signal(signal.SIGSTOP)
        try:
            _await_silence(self._process.pid)
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a power cut ends it."""
        if self._process is None:
            raise AssertionError("it does not run")
        self._process.kill()
        self._process.wait(STOP_SECONDS)
        self._process = None

    def stop(self) -> None:
        """End it cleanly; hard if it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._process = None

    def _command(self, program: str) -> list[str]:
        user = [f"--user={self._user}"] if self._user else []
        return [self._programs[program], "--no-defaults", f"--datadir={self.folder / 'data'}", *user]

    def _install(self) -> None:
        done = subprocess.run(  # noqa: S603 – fixed argv
            [*self._command("mariadb-install-db"), "--auth-root-authentication-method=normal", "--skip-test-db"],
            capture_output=True, text=True, timeout=START_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline, pause, said = time.monotonic() + START_SECONDS, threading.Event(), ""
        while time.monotonic() < deadline and process.poll() is None:
            said = (self.folder / "log").read_text(errors="replace")
            if said.count("ready for connections") > self._starts:
                self._starts += 1
                return
            pause.wait(0.05)
        raise AssertionError(f"MariaDB did not start:\n{said[-4000:]}")


def _await_silence(pid: int) -> None:
    """The signal stops each thread when it next comes by, and one of them may still give an answer until then."""
    deadline, pause = time.monotonic() + STOP_SECONDS, threading.Event()
    while any(_state(task) != "T" for task in Path(f"/proc/{pid}/task").iterdir()):
        if time.monotonic() > deadline:
            raise AssertionError("MariaDB does not stand still")
        pause.wait(0.01)


def _state(task: Path) -> str:
    """T where it is stopped; its name before it may contain anything.

    Source: proc(5), /proc/pid/stat.
    """
    return (task / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]


def _find(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")  # noqa: TID251 – Debian keeps it in sbin
    if found is None:
        raise AssertionError(f"{program} is missing: {_INSTALL}")
    return found
