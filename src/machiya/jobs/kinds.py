"""What is true of each kind of job: its lock, its parameters, whether it destroys, whether a missed one is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from machiya.core.errors import InvalidInput
from machiya.jobs.model import JobKind, JobLock


class ParameterType(Enum):
    """What a parameter may be: the whole text fits. There is no type for a path, a command or free text."""

    AUDIT_HEAD = (re.compile(r"(?:[0-9]{1,18}:)?[0-9a-f]{64}"), "128:ab12…, as machiya audit verify prints it")


@dataclass(frozen=True, slots=True)
class KindFacts:
    """Facts of one kind.

    Args:
        what: for a person, English and Japanese.
        parameters: by name; each may be left out.
        destructive: runs only with a fresh grant.
        tells_missed: whether somebody hears of it when it did not run in time.
    """

    what: tuple[str, str]
    lock: JobLock
    parameters: Mapping[str, ParameterType] = field(default_factory=dict)
    destructive: bool = False
    tells_missed: bool = True


KINDS: Mapping[JobKind, KindFacts] = {
    JobKind.BACKUP_DAILY: KindFacts(("the daily snapshot", "毎日のスナップショット"), JobLock.BACKUP),
    JobKind.BACKUP_WEEKLY: KindFacts(("the weekly snapshot", "毎週のスナップショット"), JobLock.BACKUP),
    JobKind.BACKUP_FRESHNESS: KindFacts(
        ("how old the newest snapshot is", "最新のスナップショットの古さの確認"), JobLock.FRESHNESS, tells_missed=False
    ),
    JobKind.VAULT_SYNC: KindFacts(("new snapshots into the vault", "新しいスナップショットを金庫へ"), JobLock.BACKUP),
    JobKind.AUDIT_VERIFY: KindFacts(
        ("whether somebody meddled with the audit log", "監査ログの改ざんの確認"),
        JobLock.AUDIT,
        {"expect": ParameterType.AUDIT_HEAD},
    ),
}


def parse_kind(text: str) -> JobKind:
    """One of the closed list.

    Raises:
        InvalidInput: there is no such kind.
    """
    try:
        return JobKind(text)
    except ValueError:
        raise InvalidInput(f"there is no job {text[:64]!r}", hint=f"There are {', '.join(JobKind)}.") from None


def check_parameters(kind: JobKind, given: Mapping[str, str]) -> None:
    """Every parameter is known and of its type.

    Raises:
        InvalidInput: one is not.
    """
    known = KINDS[kind].parameters
    for name, value in given.items():
        if name not in known:
            takes = f"takes {', '.join(known)}" if known else "takes no parameters"
            raise InvalidInput(f"{kind} has no parameter {name[:64]!r}", hint=f"It {takes}.")
        pattern, example = known[name].value
        if not pattern.fullmatch(value):
            raise InvalidInput(f"{name} of {kind} is not what it takes", hint=f"Write it like {example}.")


def kinds_of(lock: JobLock) -> tuple[JobKind, ...]:
    """The kinds that share ``lock``."""
    return tuple(kind for kind, facts in KINDS.items() if facts.lock is lock)
