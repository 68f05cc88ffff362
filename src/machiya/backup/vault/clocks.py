"""Lock dates come from the store's clock; a clock that jumped could buy years that nobody can cancel."""

from datetime import datetime, timedelta

from machiya.backup.vault.errors import ClockSkew
from machiya.backup.vault.ports import VaultStore
from machiya.core.clock import Clock

LARGEST_SKEW = timedelta(minutes=5)


def agreed_now(store: VaultStore, clock: Clock) -> datetime:
    """The store's time, once it is known that both clocks agree.

    Raises:
        ClockSkew: they differ by more than five minutes.
    """
    theirs, ours = store.now(), clock.now()
    if abs(theirs - ours) > LARGEST_SKEW:
        raise ClockSkew(
            f"this machine says {ours:%Y-%m-%d %H:%M:%S} UTC, {store.name} says {theirs:%Y-%m-%d %H:%M:%S} UTC",
            hint="Set this machine's clock (timedatectl set-ntp true); nothing was locked or uploaded.",
        )
    return theirs


def lock_end(now: datetime, taken_at: datetime, lock_days: int) -> datetime:
    """Until when everything that a snapshot needs must be locked: ``lock_days`` after it and after now.

    Raises:
        ClockSkew: the snapshot comes from the future.
    """
    if taken_at - now > LARGEST_SKEW:
        raise ClockSkew(
            f"the snapshot was taken at {taken_at:%Y-%m-%d %H:%M:%S} UTC, which is still to come",
            hint="Set this machine's clock, then take another snapshot: machiya backup run.",
        )
    end = max(now, taken_at) + timedelta(days=lock_days)
    return end.replace(microsecond=0) + timedelta(seconds=1 if end.microsecond else 0)
