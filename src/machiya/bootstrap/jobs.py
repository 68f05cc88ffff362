"""The jobs room put together: what carries out each kind, when, under which locks, and who is told."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from machiya.bootstrap.engines import AGENT_LOCK
from machiya.core.clock import Clock
from machiya.core.errors import MachiyaError
from machiya.core.progress import SILENT, Progress
from machiya.core.sizes import format_size
from machiya.jobs.alarms import Alarms
from machiya.jobs.desk import JobDesk
from machiya.jobs.model import JobKind, JobLock
from machiya.jobs.running import Runner, Tools, Work
from machiya.jobs.schedule import Schedule
from machiya.settings import time_zone_here

if TYPE_CHECKING:
    from machiya.adapters.files.lock import FileLock
    from machiya.bootstrap.outgoing import Outgoing
    from machiya.jobs.agent import Agent
    from machiya.jobs.model import Run
    from machiya.jobs.ports import Calendar, JobBook, Notifier
    from machiya.settings import Settings

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

_AHEAD = timedelta(minutes=5)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class AuditBroken(MachiyaError):
    """The chain of the audit log does not hold."""

    code = "audit_broken"


class BackupTooOld(MachiyaError):
    """The newest snapshot is older than jobs.freshness_hours, or there is none."""

    code = "backup_too_old"


class Jobs:
    """Jobs of one house.

    Args:
        works: what carries out each kind, where it is not the house itself.
    """

    def __init__(self, house: "Outgoing", works: Mapping[JobKind, Work] | None = None) -> None:
        self._house = house
        self.works = works_of(house) if works is None else works

    @cached_property
    def book(self) -> "JobBook":
        """Runs, schedules and alarms."""
        from machiya.adapters.sql.jobs import SqlJobBook

        return SqlJobBook(self._house.engine)

    @cached_property
    def calendar(self) -> "Calendar":
        """Cron's."""
        from machiya.adapters.cron.calendar import CronCalendar

        return CronCalendar()

    @cached_property
    def schedules(self) -> Mapping[JobKind, Schedule]:
        """Of the kinds that this house can run, those that are not turned off."""
        return {kind: found for kind, found in schedules_of(self._house.settings).items() if kind in self.works}

    @property
    def desk(self) -> JobDesk:
        """Asking, cancelling, looking."""
        return JobDesk(self.book, self.calendar, self._house.clock, tuple(self.works), self.schedules)

    @property
    def agent_pid(self) -> int | None:
        """The agent of this house, if one runs."""
        return self._house.lock(AGENT_LOCK).holder()

    def agent_lock(self) -> "FileLock":
        """One agent a house."""
        return self._house.lock(AGENT_LOCK)

    @cached_property
    def alarms(self) -> Alarms:
        """Who is told."""
        return Alarms(self.book, self._notifiers(), self._house.clock, self._house.settings.house.hostname)

    def runner(self, who: str, stopping: Event) -> Runner:
        """Runs what was asked for, in this process; ``who``: ``agent`` or ``cli:LOGIN``."""
        return Runner(
            Tools(
                book=self.book,
                works=self.works,
                locks=JobLocks(self._house.lock),
                alarms=self.alarms,
                clock=self._house.clock,
                monotonic=time.monotonic,
                runner=f"{who} {os.getpid()}{_boot()}",
                pause=stopping.wait,
            ),
            stopping,
        )

    def agent(
        self, runner: Runner, start: "Callable[[Run], None]", active: Callable[[], frozenset[JobLock]]
    ) -> "Agent":
        """The agent's thinking."""
        from machiya.jobs.agent import Agent

        return Agent(
            self.book, self.calendar, self._house.clock, self.alarms,
            locks=JobLocks(self._house.lock), schedules=self.schedules, recover=runner.recover, start=start,
            active=active, history_days=self._house.settings.jobs.history_days,
        )  # fmt: skip

    def _notifiers(self) -> "tuple[Notifier, ...]":
        from machiya.bootstrap.notifying import notifiers

        return notifiers(self._house)


class JobLocks:
    """``Locks`` as files whose lock the kernel gives back.

    Args:
        lock: the house's lock of a name. A command that makes a backup holds the one called ``backup`` itself.
    """

    def __init__(self, lock: "Callable[[str], FileLock]") -> None:
        self._lock = lock

    def hold(self, lock: JobLock) -> AbstractContextManager[object]:
        """Take it at once or not at all."""
        return self._lock(f"job-{lock}")

    def free(self, lock: JobLock) -> bool:
        """Whether nobody holds it now, nor what the work itself will need."""
        return not any(self._lock(name).holder() for name in (f"job-{lock}", str(lock)))


def schedules_of(settings: "Settings") -> Mapping[JobKind, Schedule]:
    """What the settings say; an empty text is no schedule."""
    jobs = settings.jobs
    zone = jobs.timezone or time_zone_here()
    texts = {
        JobKind.BACKUP_DAILY: jobs.backup_daily,
        JobKind.BACKUP_WEEKLY: jobs.backup_weekly,
        JobKind.BACKUP_FRESHNESS: jobs.backup_freshness,
        JobKind.VAULT_SYNC: jobs.vault_sync,
        JobKind.AUDIT_VERIFY: jobs.audit_verify,
    }
    return {kind: Schedule(kind, text, zone) for kind, text in texts.items() if text}


def works_of(house: "Outgoing") -> Mapping[JobKind, Work]:
    """What carries out each kind in this house; a kind whose room is not there is missing."""
    works: dict[JobKind, Work] = {JobKind.AUDIT_VERIFY: lambda given, _: verify_audit(house, given)}
    if hasattr(type(house), "backups"):
        works |= _backups(house)
        if house.settings.vault.provider != "none":
            works[JobKind.VAULT_SYNC] = _vault_sync(house)
    return {kind: works[kind] for kind in JobKind if kind in works}


def verify_audit(house: "Outgoing", parameters: Mapping[str, str]) -> str:
    """Follow the chain of the audit log.

    Raises:
        AuditBroken: it does not hold.
    """
    from machiya.access.audit import parse_head

    expected = parse_head(parameters["expect"]) if "expect" in parameters else None
    verdict = house.access.audit.verify(expected)
    if not verdict.intact:
        raise AuditBroken(
            f"the first bad entry of the audit log is {verdict.bad_number}: {verdict.reason}",
            hint="Keep a copy of the database as it is, and look at who could write to it",
        )
    return f"{verdict.entries} entries, head {verdict.head}"


def _backups(house: Any) -> dict[JobKind, Work]:
    """By ``house.backups``: ``run(Rota, Progress)``, ``disk.newest(None)`` and ``disk.ahead()``.

    Of a house made anew for each run: an agent lives for months, disks come and go, settings change.
    """
    from machiya.backup.model import Rota

    def backups() -> Any:
        return type(house)(house.root, house.clock).backups

    def run(rota: Rota) -> Work:
        def work(_: Mapping[str, str], progress: Progress) -> str:
            totals = backups().run(rota, progress)
            size, new = format_size(totals.size_bytes), format_size(totals.new_bytes)
            return f"{totals.entries} entries, {size}, {new} of it new"

        return work

    def newest() -> datetime | None:
        disk = backups().disk
        found = disk.newest(None) or next(iter(disk.ahead()), None)
        return found.header.taken_at if found else None

    def first() -> datetime | None:
        oldest: datetime | None = house.jobs.book.oldest()
        return oldest

    hours = house.settings.jobs.freshness_hours
    return {
        JobKind.BACKUP_DAILY: run(Rota.DAILY),
        JobKind.BACKUP_WEEKLY: run(Rota.WEEKLY),
        JobKind.BACKUP_FRESHNESS: freshness(newest, first, house.clock, timedelta(hours=hours)),
    }


def _vault_sync(house: Any) -> Work:
    """Where there is nothing new for the vault, the newest snapshot must not be too old."""
    from machiya.bootstrap.vault_job import vault_sync

    def require_fresh(taken: datetime) -> str:
        hours = timedelta(hours=house.settings.jobs.freshness_hours)
        return freshness(lambda: taken, lambda: None, house.clock, hours)({}, SILENT)

    return vault_sync(house, require_fresh)


def freshness(
    newest: Callable[[], datetime | None], first: Callable[[], datetime | None], clock: Clock, most: timedelta
) -> Work:
    """Fails while the newest snapshot is older than ``most``.

    ``newest`` tells when it was taken (None: there is none), ``first`` when the house began to run jobs: until ``most``
    after that there need not be a snapshot.
    """

    def work(_: Mapping[str, str], __: Progress) -> str:
        taken, now = newest(), clock.now()
        if taken is None:
            if now - (first() or now) <= most:
                return "there is no snapshot yet, and the first one is not overdue"
            raise BackupTooOld("there is no snapshot yet", hint="machiya job run backup.daily makes one")
        hours = (now - taken) / timedelta(hours=1)
        if taken > now + _AHEAD:
            raise BackupTooOld(
                f"the newest snapshot was taken at {taken:%Y-%m-%d %H:%M %Z}, and it is {now:%Y-%m-%d %H:%M %Z}",
                hint="The clock of this machine is wrong, or was then: set it, then machiya backup run --again",
            )
        if now - taken > most:
            raise BackupTooOld(
                f"the newest snapshot is {hours:.0f} hours old, more than {most / timedelta(hours=1):.0f}",
                hint="machiya job history backup.daily shows why",
            )
        return f"the newest snapshot is {hours:.0f} hours old"

    return work


def _boot() -> str:
    try:
        return f" (boot {_BOOT_ID.read_text('ascii').strip()[:8]})"
    except OSError:
        return ""
