"""Time-based one-time codes by pyotp."""

from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

STEP_SECONDS = 30


class TotpCodes:
    """``OneTimeCodes``: SHA-1, 6 digits, 30 seconds – what every authenticator app can do.

    Source: RFC 6238 §5.2 (one step of tolerance), RFC 4226 §4 (160 bits).
    """

    def new_secret(self) -> str:
        """160 random bits in base32."""
        return pyotp.random_base32(32)

    def uri(self, secret: str, account: str, issuer: str) -> str:
        """``otpauth://totp/…``"""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)

    def step(self, secret: str, code: str, at: datetime) -> int | None:
        """The step of ``code``; every candidate is compared, so that the time does not tell which it was."""
        totp = pyotp.TOTP(secret)
        present = int(at.timestamp()) // STEP_SECONDS
        candidates = (present - 1, present, present + 1)
        fitting = [step for step in candidates if strings_equal(totp.generate_otp(step), code)]
        return max(fitting, default=None)
