"""Signing what the edge sends home, and checking it (docs/format/edge-protocol.md)."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from machiya.core.errors import Unauthorized

VERSION = "MACHIYA-HMAC-SHA256-V1"
TAKEN_VERSION = "MACHIYA-TAKEN-V1"
NOTHING = "-"
WINDOW_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
EMPTY_MD5 = hashlib.md5(b"", usedforsecurity=False).hexdigest()

TIMESTAMP_HEADER = "Machiya-Timestamp"
MD5_HEADER = "Machiya-Content-MD5"
SIZE_HEADER = "Machiya-Size"
ENVELOPE_HEADER = "Machiya-Envelope"
SIGNATURE_HEADER = "Machiya-Signature"
TAKEN_HEADER = "Machiya-Taken"


class ClockSkew(Unauthorized):
    """Signed with a known key, but outside the window: one of the two clocks is wrong."""

    code = "clock_skew"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the edge's clock is {seconds:+.0f} s off", hint="Set the clock (chrony, systemd-timesyncd).")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What is signed. ``delivery_id`` and ``envelope`` are ``-`` where there is none; ``md5`` is lower-case hex."""

    method: str
    path: str
    timestamp: str
    md5: str
    size: str
    delivery_id: str = NOTHING
    envelope: str = NOTHING

    def text(self) -> bytes:
        """The bytes under the HMAC: eight lines."""
        lines = (
            VERSION, self.method, self.path, self.timestamp, self.delivery_id, self.md5, self.size, self.envelope,
        )  # fmt: skip
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    def sign(self, key: str) -> str:
        """The ``Machiya-Signature`` value under ``key``."""
        return _keyed(key, self.text())

    def headers(self, key: str) -> dict[str, str]:
        """All headers of the signed request."""
        return {
            TIMESTAMP_HEADER: self.timestamp,
            MD5_HEADER: self.md5,
            SIZE_HEADER: self.size,
            ENVELOPE_HEADER: self.envelope,
            SIGNATURE_HEADER: self.sign(key),
        }

    @classmethod
    def from_headers(
        cls, method: str, path: str, headers: Mapping[str, str], delivery_id: str = NOTHING
    ) -> "SignedRequest":
        """What a request claims; missing headers become empty and fail the check."""
        return cls(
            method=method,
            path=path,
            timestamp=headers.get(TIMESTAMP_HEADER, ""),
            md5=headers.get(MD5_HEADER, ""),
            size=headers.get(SIZE_HEADER, ""),
            delivery_id=delivery_id,
            envelope=headers.get(ENVELOPE_HEADER, ""),
        )


def taken_proof(key: str, delivery_id: str, md5: str) -> str:
    """The ``Machiya-Taken`` value: only a holder of ``key`` can say that it has this message."""
    return _keyed(key, f"{TAKEN_VERSION}\n{delivery_id}\n{md5}".encode("utf-8", "surrogateescape"))


def verify(request: SignedRequest, signature: str, keys: Sequence[str], now: datetime) -> str:
    """Check signature first, then the time, so that only a holder of a key learns about the clock; the matching key.

    Raises:
        Unauthorized: missing, malformed or made with another key.
        ClockSkew: a good signature from outside ± 300 s.
    """
    given = signature.encode("utf-8", "surrogateescape")
    # Every key is tried, so that the time taken does not tell which one matched.
    matching = [key for key in keys if key and hmac.compare_digest(request.sign(key).encode(), given)]
    if not matching:
        raise Unauthorized("not signed with a key of this house", hint="Compare the edge's signing key.")
    if not _TIMESTAMP.fullmatch(request.timestamp):
        raise Unauthorized("the timestamp is not a number")
    skew = float(request.timestamp) - now.timestamp()
    if abs(skew) > WINDOW_SECONDS:
        raise ClockSkew(skew)
    return matching[0]


def _keyed(key: str, text: bytes) -> str:
    return "v1=" + hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
