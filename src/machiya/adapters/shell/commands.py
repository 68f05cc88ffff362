"""Runs one program to its end: an argument list, no shell, always a time limit."""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess  # noqa: TID251 – this is adapters/shell
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from machiya.core.commands import Finished, ProgramMissing, ProgramSlow

_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")
_OUTPUT_LINES = 20_000
_PIECE_BYTES = 256 * 1024


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
        stdin: bytes | Path | Iterator[bytes] = b"",
        environment: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> Finished:
        """As ``Commands.run``."""
        program = self.find(argv[0])
        if program is None:
            raise ProgramMissing(f"{argv[0]} is not installed", hint=f"Install it: apt-get install {argv[0]}.")
        with _open(stdin) as source:
            process = self._start([program, *argv[1:]], source, environment or {})
            said = _Listener(process, on_line, on_bytes)
            feeder = _Feeder(process, stdin)
            done = self._ended(process, said, argv[0], seconds)
            feeder.raise_failure()
            return done

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
        deadline = time.monotonic() + seconds
        try:
            said.hand_over(deadline)
            code = process.wait(max(0.0, deadline - time.monotonic()))
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
    """Reads both streams in threads of their own, so that no full pipe stops the program.

    With ``on_bytes`` the output is read by ``hand_over`` instead.
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        on_line: Callable[[str], None] | None,
        on_bytes: Callable[[bytes], object] | None,
    ) -> None:
        self._process, self._on_line, self._on_bytes = process, on_line, on_bytes
        self._lines: tuple[list[str], list[str]] = ([], [])
        self._threads = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in zip((process.stdout, process.stderr), self._lines, strict=True)
            if on_bytes is None or stream is process.stderr
        ]
        for thread in self._threads:
            thread.start()

    def hand_over(self, deadline: float) -> None:
        """Give the output to ``on_bytes`` until it ends.

        Raises:
            TimeoutExpired: it did not end before ``deadline`` (monotonic seconds).
        """
        if self._on_bytes is None or self._process.stdout is None:
            return
        with self._process.stdout as stream, selectors.DefaultSelector() as ready:
            ready.register(stream, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                if not ready.select(left):
                    continue
                piece = os.read(stream.fileno(), _PIECE_BYTES)
                if not piece:
                    return
                self._on_bytes(piece)
        raise subprocess.TimeoutExpired(self._process.args, 0)

    def all(self) -> tuple[str, str]:
        for thread in self._threads:  # what it started may keep the pipes open for ever
            thread.join(timeout=10)
        out, err = ("".join(lines) for lines in self._lines)
        return out, err

    def _read(self, stream: IO[bytes], lines: list[str]) -> None:
        with stream:
            for line in stream:
                text = line.decode("utf-8", "replace")
                lines.append(text)
                del lines[:-_OUTPUT_LINES]
                if self._on_line:
                    self._on_line(text.rstrip("\r\n"))


class _Feeder:
    """Writes what the program reads, in a thread of its own; where that fails to be made, the program is ended."""

    def __init__(self, process: "subprocess.Popen[bytes]", stdin: bytes | Path | Iterator[bytes]) -> None:
        self._process, self._pipe = process, process.stdin
        self._failure: BaseException | None = None
        pieces = iter(()) if isinstance(stdin, Path) else iter((stdin,)) if isinstance(stdin, bytes) else stdin
        self._thread = threading.Thread(target=self._write, args=(pieces,), daemon=True)
        self._thread.start()

    def raise_failure(self) -> None:
        """The error that ended it, if there was one."""
        self._thread.join(timeout=10)
        if self._failure:
            raise self._failure

    def _write(self, pieces: Iterator[bytes]) -> None:
        if self._pipe is None:
            return
        try:
            for piece in pieces:
                if not self._taken(piece):
                    break
        except BaseException as error:  # noqa: BLE001 – raised in the thread of the caller
            self._failure = error
            _kill(self._process, wait=False)
        with contextlib.suppress(OSError):
            self._pipe.close()

    def _taken(self, piece: bytes) -> bool:
        """Whether the program still reads."""
        try:
            if self._pipe:
                self._pipe.write(piece)
        except OSError:
            return False
        return True


@contextlib.contextmanager
def _open(stdin: bytes | Path | Iterator[bytes]) -> Iterator[IO[bytes] | None]:
    if not isinstance(stdin, Path):
        yield None
        return
    with stdin.open("rb") as source:
        yield source


def _kill(process: "subprocess.Popen[bytes]", *, wait: bool = True) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if wait:
        process.wait()
