"""What is measured: designs, sizes, connections, rounds and goals; nothing here touches the outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAILBOXES = 400
DOMAIN = "bench.test"
PEER_DOMAIN = "peer.bench.test"
SENDER = "sender@street.test"

OURS = "ours"
ASYNC_BLOCKING = "a async+smtplib"
THREADS = "b def+smtplib"
LMTP_NEW = "c smtp-source"
LMTP_KEPT = "c smtp-source -d"
DESIGNS = (OURS, ASYNC_BLOCKING, THREADS, LMTP_NEW, LMTP_KEPT)

KIB = 1024
SIZES = {"4kB": 4 * KIB, "50kB": 50 * KIB, "5MB": 5 * KIB * KIB}
CONNECTIONS = (1, 4, 16)


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """One line of the table: how many messages of which size over how many connections."""

    size: str
    connections: int

    def __str__(self) -> str:
        return f"{self.size} × {self.connections}"


@dataclass(frozen=True, slots=True)
class Step:
    """One case, its messages for each measure, and how many interleaved rounds it gets."""

    case: Case
    messages: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Goal:
    """``ours`` must reach ``factor`` times the rate of ``peer``."""

    case: Case
    peer: str
    factor: float


GOAL_CASE = Case("4kB", 16)
GOALS = (
    Goal(GOAL_CASE, ASYNC_BLOCKING, 4.0),
    Goal(GOAL_CASE, THREADS, 2.0),
    Goal(GOAL_CASE, LMTP_NEW, 0.95),
)

_FULL_MESSAGES = {"4kB": 200, "50kB": 120, "5MB": 16}
_QUICK_MESSAGES = {"50kB": 80, "5MB": 10}


def full_steps() -> tuple[Step, ...]:
    """Everything: 9 cases, the goal's case longest."""
    return tuple(_full_step(Case(size, connections)) for size in SIZES for connections in CONNECTIONS)


def _full_step(case: Case) -> Step:
    if case == GOAL_CASE:
        return Step(case, messages=600, rounds=5)
    return Step(case, messages=_FULL_MESSAGES[case.size], rounds=2 if case.size == "5MB" else 3)


def quick_steps() -> tuple[Step, ...]:
    """Below two minutes: the goal's case in three rounds, the larger sizes at 16 connections once."""
    goal = Step(GOAL_CASE, messages=240, rounds=3)
    rest = (Step(Case(size, 16), _QUICK_MESSAGES[size], rounds=1) for size in SIZES if size != GOAL_CASE.size)
    return (goal, *rest)


def interleaved(step: Step, designs: Sequence[str] = DESIGNS) -> Iterator[tuple[int, str]]:
    """A B C D E, A B C D E, …: (round from 1, design)."""
    for round_number in range(1, step.rounds + 1):
        for design in designs:
            yield round_number, design


def mailbox(number: int) -> str:
    """The address of mailbox ``number`` (from 0, wrapping round)."""
    return f"m{number % MAILBOXES:03d}@{DOMAIN}"


def recipients(count: int) -> list[str]:
    """Who gets message 0, 1, 2, …: every mailbox in turn, the same for every design."""
    return [mailbox(number) for number in range(count)]


def peer_address(number: int) -> str:
    """The name under which smtp-source reaches mailbox ``number``: it counts recipients from 1."""
    return f"{number + 1}@{PEER_DOMAIN}"
