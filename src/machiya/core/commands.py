"""Other programs, as the adapters ask for them: an argument list, a time limit, and how it ended."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from machiya.core.errors import NotFound, Unavailable


class ProgramMissing(NotFound):
    """A program that is needed is not installed."""

    code = "program_missing"


class ProgramSlow(Unavailable):
    """A program did not end within its time."""

    code = "program_slow"


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def good(self) -> bool:
        """It ended with 0."""
        return self.code == 0

    def last_words(self, lines: int = 1) -> str:
        """The end of what it complained about, or else of what it said."""
        said = [line.rstrip() for line in (self.err.strip() or self.out.strip()).splitlines() if line.strip()]
        return "\n".join(said[-lines:])


class Commands(Protocol):
    """Runs programs; never a shell."""

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
        """Run ``argv`` and wait for its end.

        Args:
            argv: the program and its arguments.
            seconds: the longest it may take.
            stdin: what it reads: bytes, a file, or pieces that are made while it reads (an error there ends it).
            environment: variables beside those of this process.
            on_line: hears each line of output (both streams) at once, without its end.
            on_bytes: takes the output in pieces, in the caller's thread, however much it is; ``Finished.out`` is empty
                then. The program waits for it; an error of it ends the program and is raised.

        Raises:
            ProgramMissing: there is no such program.
            ProgramSlow: it took too long and was killed.
        """
        ...

    def find(self, program: str) -> str | None:
        """Where the program is: on the PATH, in the system's folders, or beside this Python."""
        ...
