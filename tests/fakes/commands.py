"""Programs that only pretend to run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from machiya.core.commands import Finished, ProgramMissing

GOOD = Finished(0, "", "")


@dataclass
class FakeCommands:
    """Answers by the longest known beginning of the argument list; ``ran`` keeps what was asked."""

    answers: dict[tuple[str, ...], Finished | Callable[[Sequence[str]], Finished]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    ran: list[tuple[str, ...]] = field(default_factory=list)
    environments: list[dict[str, str]] = field(default_factory=list)
    stdins: list[bytes | Path] = field(default_factory=list)

    def find(self, program: str) -> str | None:
        return None if program in self.missing else f"/usr/bin/{program}"

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
        assert seconds > 0
        if argv[0] in self.missing:
            raise ProgramMissing(f"{argv[0]} is not installed")
        self.ran.append(tuple(argv))
        self.environments.append(dict(environment or {}))
        self.stdins.append(stdin if isinstance(stdin, bytes | Path) else b"".join(stdin))
        answer = self._answer(argv)
        done = answer if isinstance(answer, Finished) else answer(argv)
        for line in (done.out + done.err).splitlines():
            if on_line:
                on_line(line)
        if on_bytes:
            on_bytes(done.out.encode())
            return Finished(done.code, "", done.err)
        return done

    def _answer(self, argv: Sequence[str]) -> Finished | Callable[[Sequence[str]], Finished]:
        known = [start for start in self.answers if tuple(argv[: len(start)]) == start]
        return self.answers[max(known, key=len)] if known else GOOD
