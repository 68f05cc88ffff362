"""How many recipients a mailbox and its domain may write to within an hour."""

from datetime import datetime

from machiya.core.clock import Clock

_HOUR = 3600.0


class SendingRates:
    """Token buckets in memory, one a mailbox and one a domain: full at first, refilled evenly over an hour.

    What is counted is forgotten when the process ends; the limit is there to slow down a stolen password, not to bill.
    0 means no limit.
    """

    def __init__(self, clock: Clock, *, user_per_hour: int, domain_per_hour: int) -> None:
        self._clock = clock
        self._user_per_hour = user_per_hour
        self._domain_per_hour = domain_per_hour
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def take(self, login: str) -> float:
        """Count one recipient; 0 if it may go, else the seconds until it may (nothing is counted then)."""
        now = self._clock.now()
        name = login.lower()
        limits = ((name, self._user_per_hour), (f"@{name.rpartition('@')[2]}", self._domain_per_hour))
        wanted = [(key, limit, self._level(key, limit, now)) for key, limit in limits if limit]
        wait = max(((1 - level) * _HOUR / limit for _, limit, level in wanted), default=0.0)
        if wait > 0:
            return wait
        self._buckets.update({key: (level - 1, now) for key, _, level in wanted})
        return 0.0

    def _level(self, key: str, limit: int, now: datetime) -> float:
        level, at = self._buckets.get(key, (float(limit), now))
        return min(float(limit), level + max(0.0, (now - at).total_seconds()) * limit / _HOUR)
