"""One part of the house: what starts it, what it listens on, how it shows that it is ready."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listener:
    """An address a part will listen on, and the setting that changes its port."""

    setting: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Part:
    """``argv``: the program with an absolute path; ``ready`` answers at once or soon, and never raises."""

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    listeners: tuple[Listener, ...] = ()


class PartState(StrEnum):
    """Where a part stands."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting to restart"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(slots=True)
class PartStatus:
    """What the supervisor knows of a part; ``since``: when it came into this state."""

    name: str
    log: Path
    since: datetime
    state: PartState = PartState.STOPPED
    pid: int | None = None
    restarts: int = 0
    last_exit: str = ""
    last_lines: list[str] = field(default_factory=list)
