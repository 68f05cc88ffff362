"""What a job is: its kind, its run, the lines it says; kinds are a closed list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

SCHEDULE = "schedule"
"""Who asked, where nobody did: the schedule."""

NOT_RUN = ("did not run ", "has waited ")
"""So the reason of an alarm begins that is not about a run which failed."""


class JobKind(StrEnum):
    """All there is. A kind names what is done; nothing that is asked for can name a program or a path."""

    BACKUP_DAILY = "backup.daily"
    BACKUP_WEEKLY = "backup.weekly"
    BACKUP_FRESHNESS = "backup.freshness"
    VAULT_SYNC = "vault.sync"
    AUDIT_VERIFY = "audit.verify"


class JobLock(StrEnum):
    """Kinds that share one never run at once."""

    BACKUP = "backup"
    FRESHNESS = "freshness"
    AUDIT = "audit"


class RunState(StrEnum):
    """Where a run stands."""

    ASKED = "asked"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Its process ended before it did."""
    MISSED = "missed"
    """It should have run, but nothing was there to run it."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is; ``total`` 0: not known; ``unit``: ``bytes``, ``files`` or empty."""

    name: str = ""
    done: int = 0
    total: int = 0
    unit: str = ""

    @property
    def percent(self) -> int | None:
        """0 to 100; None where the total is not known."""
        return min(100, self.done * 100 // self.total) if self.total > 0 else None


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Args:
        kind: one of ``JobKind``. A row may hold anything, so that it is a text until it is checked.
        asked_by: ``cli:LOGIN``, ``administrator:alice`` or ``SCHEDULE``.
        parameters: by name, as text; each kind has its own.
        due_at: when the schedule wanted it.
        attempt: 1, or 2 for what is run again after an interruption.
        grant: what access gave for a kind that destroys something.
        state: ASKED, or MISSED for what is only written down.
        reason: with MISSED: in plain words.
    """

    kind: str
    asked_by: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    attempt: int = 1
    grant: str = ""
    state: RunState = RunState.ASKED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """An order that is a row: how it went.

    Args:
        number: counts up, never used twice.
        reason: how it ended, in plain words.
        runner: the process that runs it: ``agent 4711 (boot …)``.
        damage: why its row cannot be believed; such a run only fails.
    """

    number: int
    order: Order
    asked_at: datetime
    state: RunState
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    runner: str = ""
    step: Step = Step()
    cancel_asked_at: datetime | None = None
    damage: str = ""

    @property
    def open(self) -> bool:
        """Asked or running."""
        return self.state in {RunState.ASKED, RunState.RUNNING}

    @property
    def scheduled(self) -> bool:
        """Nobody but the schedule wanted it."""
        return self.order.asked_by == SCHEDULE


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a run said; ``number`` counts from 1 within the run."""

    number: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A kind that is not well; removed once its recovery was told.

    Args:
        told_at: when somebody was told of it; None: nobody yet.
        recovered_at: when it was well again.
    """

    kind: JobKind
    since: datetime
    reason: str
    told_at: datetime | None = None
    recovered_at: datetime | None = None

    @property
    def ran(self) -> bool:
        """It ran and failed; else it did not run at all."""
        return not self.reason.startswith(NOT_RUN)
