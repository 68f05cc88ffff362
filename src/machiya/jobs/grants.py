"""A kind that destroys something runs only with a fresh grant; the agent looks at it itself, and denies by default."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from machiya.core.errors import Refused
from machiya.jobs.model import Order

GRANT_LIFE = timedelta(minutes=5)
KEY_BYTES = 32
_FIELDS = 4


class GrantRefused(Refused):
    """A job that destroys something came without a grant, or with one that does not hold."""

    code = "grant_refused"


@dataclass(frozen=True, slots=True)
class Grants:
    """Makes and looks at grants: ``NONCE.WHO.UNTIL.SEAL``, good for one order only.

    A grant is used up by the row that carries it: no second row can carry the same (``JobBook.ask``).

    Args:
        key: of at least 32 bytes; shorter or empty: no grant holds.
    """

    key: bytes

    def make(self, order: Order, who: str, nonce: str, now: datetime) -> str:
        """For ``order``, once ``who`` has proved again who they are.

        Raises:
            GrantRefused: this house has no key for grants.
        """
        self._require_key()
        until = (now + GRANT_LIFE).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return ".".join((nonce, who.encode().hex(), until, self._seal(order, nonce, who.encode().hex(), until)))

    def require(self, order: Order, now: datetime) -> str:
        """Who granted ``order``.

        Raises:
            GrantRefused: nobody did, for something else, or too long ago.
        """
        self._require_key()
        parts = order.grant.split(".")
        if len(parts) != _FIELDS:
            raise _refused("it came without a grant")
        nonce, who, until, seal = parts
        if not hmac.compare_digest(seal.encode(), self._seal(order, nonce, who, until).encode()):
            raise _refused("its grant is for something else")
        end = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if not now <= end <= now + GRANT_LIFE:
            raise _refused("its grant is too old")
        return bytes.fromhex(who).decode()

    def _require_key(self) -> None:
        if len(self.key) < KEY_BYTES:
            raise _refused("this house gives no grants")

    def _seal(self, order: Order, *fields: str) -> str:
        """Over everything that would be done, unmistakably."""
        said = json.dumps(["machiya-grant-1", order.kind, sorted(order.parameters.items()), *fields])
        return hmac.new(self.key, said.encode(), hashlib.sha256).hexdigest()


NO_GRANTS = Grants(b"")
"""Denies."""

Granted = Callable[[Order, datetime], str]


def _refused(why: str) -> GrantRefused:
    return GrantRefused(f"the job was refused: {why}", hint="Ask for it again and prove who you are once more.")
