from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from machiya.adapters.totp.codes import TotpCodes

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238 appendix B: "12345678901234567890"
AT = datetime(2005, 3, 18, 1, 58, 29, tzinfo=UTC)
CODE = "081804"  # the last six digits of the vector 07081804


def test_step_knows_the_codes_of_the_rfc() -> None:
    assert TotpCodes().step(SECRET, CODE, AT) == 37037036


@pytest.mark.parametrize(
    ("seconds", "good"), [(-60, False), (-59, True), (0, True), (30, True), (31, False), (60, False)]
)
def test_step_is_one_step_patient(seconds: int, good: bool) -> None:  # noqa: FBT001 – a case
    found = TotpCodes().step(SECRET, CODE, AT + timedelta(seconds=seconds))
    assert (found == 37037036) is good


@pytest.mark.parametrize("code", ["", "081805", "08180", "0081804", "08180x"])
def test_step_knows_no_other_code(code: str) -> None:
    assert TotpCodes().step(SECRET, code, AT) is None


def test_secrets_are_fresh_and_long() -> None:
    secrets = {TotpCodes().new_secret() for _ in range(10)}
    assert len(secrets) == 10
    assert {len(secret) for secret in secrets} == {32}


def test_uri_is_what_authenticator_apps_read() -> None:
    parts = urlsplit(TotpCodes().uri(SECRET, "you@home.test", "machiya.home.test"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/machiya.home.test:you%40home.test")
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["machiya.home.test"]}
