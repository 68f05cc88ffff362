"""Failed log-ins are counted for each account and each client address; too many, and both wait.

An attempt is counted before the password is looked at, so that many at once are no way around; one that succeeds is
given back.
"""

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from machiya.access.model import Attempts
from machiya.access.ports import AttemptRepository
from machiya.core.errors import Refused

MOST_ROWS = 10_000
_SITE_BITS = 64  # an IPv6 client has at least a /64 to itself


class TooManyAttempts(Refused):
    """Too many log-ins failed; wait, then try again."""

    code = "too_many_attempts"
    permanent = False

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "too many log-ins failed",
            hint=f"Wait {math.ceil(retry_after_seconds / 60)} min, then try again.",
        )
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """``failures`` in a row, ``window`` apart at most, then a wait of ``window``; the next is twice as long, and so on.

    ``longest`` bounds the wait: where anybody can make an account wait, it stays short.
    """

    failures: int
    window: timedelta
    longest: timedelta


_QUARTER = timedelta(minutes=15)
ACCOUNT = Limit(10, _QUARTER, _QUARTER)
ADDRESS = Limit(30, _QUARTER, timedelta(hours=1))
CODE = Limit(5, _QUARTER, timedelta(hours=24))
"""Only who knows the password gets here, so that the wait may become long."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted: under a hash, since people type passwords where names belong."""

    key: str
    limit: Limit


def by_account(name: str) -> Counted:
    """Log-ins as ``name``, whether there is such an account or not."""
    return Counted(_key("account", name), ACCOUNT)


def by_code(name: str) -> Counted:
    """Codes for ``name``, after the right password."""
    return Counted(_key("code", name), CODE)


def by_address(client_address: str) -> Counted:
    """Log-ins from an address; IPv6 by its /64."""
    try:
        address = ipaddress.ip_address(client_address.partition("%")[0])
    except ValueError:
        return Counted(_key("address", client_address), ADDRESS)
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        site = str(mapped) if mapped else str(ipaddress.ip_network((int(address), _SITE_BITS), strict=False))
        return Counted(_key("address", site), ADDRESS)
    return Counted(_key("address", str(address)), ADDRESS)


def admit(attempts: AttemptRepository, now: datetime, counted: Sequence[Counted]) -> bool:
    """Count one attempt under every key; whether it is the last before a wait.

    Raises:
        TooManyAttempts: one of them waits; nothing is counted then.
    """
    attempts.prune(now, MOST_ROWS)
    found = [(one, attempts.find(one.key)) for one in counted]
    waits = [row.blocked_until for _, row in found if row and row.blocked_until and row.blocked_until > now]
    if waits:
        raise TooManyAttempts(math.ceil((max(waits) - now).total_seconds()))
    rows = [_one_more(row or Attempts(one.key, 0, 0, now), one.limit, now) for one, row in found]
    for row in rows:
        attempts.save(row)
    return any(row.blocked_until is not None for row in rows)


def give_back(attempts: AttemptRepository, counted: Counted) -> None:
    """Take one attempt out of the count: it was no failure."""
    row = attempts.find(counted.key)
    if row is None:
        return
    if row.failures == 0 and row.blocked_until is not None:
        row = replace(row, failures=counted.limit.failures, rounds=row.rounds - 1, blocked_until=None)
    attempts.save(replace(row, failures=max(row.failures - 1, 0)))


def _one_more(row: Attempts, limit: Limit, now: datetime) -> Attempts:
    if row.failures + 1 < limit.failures:
        forget = max(row.forget_at, now + limit.window)
        return replace(row, failures=row.failures + 1, forget_at=forget, blocked_until=None)
    until = now + min(limit.window * 2 ** min(row.rounds, 16), limit.longest)
    return Attempts(row.key, 0, row.rounds + 1, until + limit.longest, until)


def _key(kind: str, name: str) -> str:
    return hashlib.sha256(f"machiya-attempts\0{kind}\0{name}".encode("utf-8", "replace")).hexdigest()
