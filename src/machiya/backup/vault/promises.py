"""What a store must promise before a vault is trusted to it, each proven by trying to break it."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from machiya.backup.vault.clocks import LARGEST_SKEW
from machiya.backup.vault.errors import PromiseBroken
from machiya.backup.vault.model import CHECKS, ObjectVersion
from machiya.core.clock import Clock
from machiya.core.errors import MachiyaError

_LOCK = timedelta(minutes=10)
_EARLIER = timedelta(minutes=5)
_LATER = timedelta(minutes=20)
CONTENT = b"machiya vault check\n"


class Promise(StrEnum):
    """The names of the promises, as told to a person."""

    VERSIONS = "versions"
    DEFAULT_LOCK = "default lock"
    LOCK = "lock"
    NO_SHORTER = "no shorter lock"
    NO_DELETION = "no deletion of a version"
    RENEWAL = "renewal"
    CHECKSUM = "checksum"
    LOCK_IN_PARTS = "lock of uploads in parts"
    CLOCK = "clock"


class VaultProbe(Protocol):
    """Tries what a vault must never let happen. What is tried tells whether the store *accepted* it."""

    def now(self) -> datetime:
        """The store's clock."""

    def keeps_versions(self) -> bool:
        """What the bucket says of itself."""

    def default_lock_days(self) -> int:
        """COMPLIANCE for so many days where a writer says nothing; 0: no such thing."""

    def put(self, key: str, data: bytes, until: datetime, *, parts: bool = False) -> ObjectVersion:
        """Store something small, locked; ``parts``: as an upload in parts."""

    def put_wrong(self, key: str, until: datetime) -> bool:
        """Store something with the checksum of something else."""

    def change_lock(self, item: ObjectVersion, until: datetime, *, weaker: bool = False) -> bool:
        """Another end; ``weaker``: as GOVERNANCE, with the right to bypass that."""

    def delete(self, item: ObjectVersion) -> bool:
        """Delete a version, with the right to bypass GOVERNANCE."""

    def locked_until(self, item: ObjectVersion) -> datetime | None:
        """COMPLIANCE until then; None: no such lock."""

    def content(self, item: ObjectVersion) -> bytes | None:
        """None: it is gone."""

    def hide(self, key: str) -> None:
        """A marker, at the end."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How one promise was kept; ``fault`` says what the store did instead, empty: it was kept."""

    promise: Promise
    fault: str = ""


def prove(probe: VaultProbe, clock: Clock, lock_days: int) -> tuple[Proof, ...]:
    """Try all of them. The few small objects that this leaves are locked for ten minutes."""
    trial = _Trial(probe, clock, lock_days)
    return tuple(Proof(promise, _tried(attempt)) for promise, attempt in trial.attempts())


def require_kept(proofs: tuple[Proof, ...], name: str) -> None:
    """Refuse a store that broke one.

    Raises:
        PromiseBroken: naming every broken promise.
    """
    broken = [f"{proof.promise}: {proof.fault}" for proof in proofs if proof.fault]
    if broken:
        raise PromiseBroken(
            f"{name} does not promise what a vault needs: " + "; ".join(broken),
            hint="Nothing is stored there. Make the bucket with Object Lock as docs/vault.md says, or choose another.",
        )


def _tried(attempt: Callable[[], str]) -> str:
    try:
        return attempt()
    except MachiyaError as error:
        return f"could not be tried: {error.message}"


class _Trial:
    def __init__(self, probe: VaultProbe, clock: Clock, lock_days: int) -> None:
        self._probe, self._clock, self._lock_days = probe, clock, lock_days
        self._key = f"{CHECKS}{secrets.token_hex(8)}"

    def attempts(self) -> Iterator[tuple[Promise, Callable[[], str]]]:
        yield Promise.CLOCK, self._same_time
        yield Promise.VERSIONS, self._versions
        yield Promise.DEFAULT_LOCK, self._default_lock
        yield Promise.LOCK, self._lock
        yield Promise.RENEWAL, self._renewal
        yield Promise.NO_SHORTER, self._no_shorter
        yield Promise.NO_DELETION, self._no_deletion
        yield Promise.CHECKSUM, self._checksum
        yield Promise.LOCK_IN_PARTS, self._lock_in_parts

    def _same_time(self) -> str:
        theirs, ours = self._probe.now(), self._clock.now()
        if abs(theirs - ours) <= LARGEST_SKEW:
            return ""
        return f"its clock says {theirs:%Y-%m-%d %H:%M} UTC, this machine's {ours:%Y-%m-%d %H:%M} UTC"

    def _versions(self) -> str:
        if not self._probe.keeps_versions():
            return "versioning is not switched on"
        key = f"{self._key}-versions"
        first = self._put(key)
        second = self._probe.put(key, CONTENT * 2, self._until())
        self._probe.hide(key)
        kept = self._probe.content(first) == CONTENT and self._probe.content(second) == CONTENT * 2
        return "" if kept else "an object that was written over and deleted does not have its versions any more"

    def _default_lock(self) -> str:
        days = self._probe.default_lock_days()
        if days >= self._lock_days:
            return ""
        return f"the bucket locks new objects for {days} days by itself, not for {self._lock_days} (COMPLIANCE)"

    def _lock(self) -> str:
        until = self._until()
        item = self._probe.put(f"{self._key}-lock", CONTENT, until)
        found = self._probe.locked_until(item)
        self._probe.hide(item.key)
        return "" if found and found >= until else "an object that was to be locked (COMPLIANCE) is not"

    def _renewal(self) -> str:
        item, later = self._put(f"{self._key}-renewal"), self._until() + _LATER
        self._probe.hide(item.key)
        if not self._probe.change_lock(item, later):
            return "a longer lock of a version behind a delete marker was refused"
        found = self._probe.locked_until(item)
        return "" if found and found >= later else "a longer lock was accepted but does not hold"

    def _no_shorter(self) -> str:
        item, until = self._put(f"{self._key}-shorter"), self._until()
        accepted = self._probe.change_lock(item, until - _EARLIER) or self._probe.change_lock(item, until, weaker=True)
        found = self._probe.locked_until(item)
        self._probe.hide(item.key)
        if accepted:
            return "it accepted to shorten or weaken a lock"
        return "" if found and found > until - _EARLIER else "it refused to shorten a lock and did it all the same"

    def _no_deletion(self) -> str:
        item = self._put(f"{self._key}-deletion")
        accepted = self._probe.delete(item)
        left = self._probe.content(item)
        self._probe.hide(item.key)
        if accepted:
            return "it accepted to delete a locked version"
        return "" if left == CONTENT else "it refused to delete a locked version, and it is gone"

    def _checksum(self) -> str:
        key = f"{self._key}-checksum"
        if not self._probe.put_wrong(key, self._until()):
            return ""
        self._probe.hide(key)
        return "it accepted bytes whose SHA-256 was wrong"

    def _lock_in_parts(self) -> str:
        until = self._until()
        item = self._probe.put(f"{self._key}-parts", CONTENT, until, parts=True)
        found = self._probe.locked_until(item)
        self._probe.hide(item.key)
        return "" if found and found >= until else "an object that was uploaded in parts is not locked"

    def _put(self, key: str) -> ObjectVersion:
        return self._probe.put(key, CONTENT, self._until())

    def _until(self) -> datetime:
        return self._probe.now().replace(microsecond=0) + _LOCK
