"""Runs one program to its end: an argument list, no shell, always a time limit."""

import contextlib
import os
import shutil
import signal
import subprocess  # noqa: TID251 – this is adapters/shell
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from machiya.core.commands import Finished, ProgramMissing, ProgramSlow

_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")
_OUTPUT_LINES = 20_000


class ShellCommands:
    """The ``Commands`` of this machine.

    Args:
        environment: what programs get; ``run`` may add to it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)

    def find(self, program: str) -> str | None:
        """On the PATH, in the system's folders (a user's PATH often lacks sbin), or beside this Python."""
        beside = str(Path(sys.executable).parent)
        path = os.pathsep.join([self._environment.get("PATH", ""), *_SYSTEM_FOLDERS, beside])
        return shutil.which(program, path=path)

    def run(
        self,
        argv: Sequence[str],
        *,
        seconds: float,
        stdin: bytes | Path = b"",
        environment: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Finished:
        """As ``Commands.run``."""
        program = self.find(argv[0])
        if program is None:
            raise ProgramMissing(f"{argv[0]} is not installed", hint=f"Install it: apt-get install {argv[0]}.")
        with _open(stdin) as source:
            process = self._start([program, *argv[1:]], source, environment or {})
            said = _Listener(process, on_line)
            if isinstance(stdin, bytes):
                said.feed(stdin)
            return self._ended(process, said, argv[0], seconds)

    def _start(
        self, argv: Sequence[str], source: IO[bytes] | None, environment: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        """In a group of its own, so that what it started ends with it."""
        return subprocess.Popen(  # noqa: S603 – argv list, no shell
            list(argv),
            stdin=source or subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment | dict(environment),
            start_new_session=True,
        )

    def _ended(self, process: "subprocess.Popen[bytes]", said: "_Listener", name: str, seconds: float) -> Finished:
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            _kill(process)
            raise ProgramSlow(
                f"{name} did not end within {seconds:.0f} s", hint="Try again; if it stays so, look at the machine."
            ) from error
        except BaseException:
            _kill(process)
            raise
        return Finished(code, *said.all())


class _Listener:
    """Reads both streams and writes stdin in threads of their own, so that no full pipe stops the program."""

    def __init__(self, process: "subprocess.Popen[bytes]", on_line: Callable[[str], None] | None) -> None:
        self._process, self._on_line = process, on_line
        self._lines: tuple[list[str], list[str]] = ([], [])
        self._threads = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in zip((process.stdout, process.stderr), self._lines, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def feed(self, data: bytes) -> None:
        threading.Thread(target=self._write, args=(data,), daemon=True).start()

    def all(self) -> tuple[str, str]:
        for thread in self._threads:  # what it started may keep the pipes open for ever
            thread.join(timeout=10)
        out, err = ("".join(lines) for lines in self._lines)
        return out, err

    def _write(self, data: bytes) -> None:
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.write(data)
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _read(self, stream: IO[bytes], lines: list[str]) -> None:
        with stream:
            for line in stream:
                text = line.decode("utf-8", "replace")
                lines.append(text)
                del lines[:-_OUTPUT_LINES]
                if self._on_line:
                    self._on_line(text.rstrip("\r\n"))


@contextlib.contextmanager
def _open(stdin: bytes | Path) -> Iterator[IO[bytes] | None]:
    if isinstance(stdin, bytes):
        yield None
        return
    with stdin.open("rb") as source:
        yield source


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
