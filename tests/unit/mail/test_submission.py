"""Who may write as whom; the same rule for the envelope and for From:."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from fakes.moving_clock import MovingClock
from machiya.core.addresses import EmailAddress
from machiya.mail.sending_rate import SendingRates
from machiya.mail.submission import FROM_BYTES, SubmissionRules, from_addresses

TARO = "taro@example.jp"


@dataclass
class Directory:
    """``taro`` also is ``sales``."""

    own: set[str] = field(default_factory=lambda: {TARO, "sales@example.jp"})

    def may_send(self, login: EmailAddress, sender: EmailAddress) -> bool:
        return str(login) == TARO and str(sender.untagged) in self.own


@pytest.fixture
def rules() -> SubmissionRules:
    clock = MovingClock(datetime(2026, 11, 28, tzinfo=UTC))
    return SubmissionRules(Directory(), SendingRates(clock, user_per_hour=2, domain_per_hour=0))


@pytest.mark.parametrize("sender", [TARO, "SALES@Example.JP", "taro+shop@example.jp", ""])
def test_sender_may_be_one_of_ones_own_or_none(rules: SubmissionRules, sender: str) -> None:
    assert rules.sender(TARO, sender) is None


@pytest.mark.parametrize(
    "sender", ["boss@example.jp", "taro@example.jp.evil.example", "no address", "<>", "\N{SNOWMAN}@x"]
)
def test_sender_of_somebody_else_is_refused(rules: SubmissionRules, sender: str) -> None:
    refused = rules.sender(TARO, sender)
    assert refused is not None
    assert str(refused).startswith("553 5.7.1 MAIL FROM:<")
    assert str(refused).isascii()
    assert rules.sender("boss@example.jp", TARO) is not None
    assert rules.sender("no address", TARO) is not None


@pytest.mark.parametrize(
    "raw",
    [
        b" taro@example.jp",
        b"Taro <taro@example.jp>",
        b' "boss@example.jp" <Sales@Example.jp>\r\n',
        b"=?utf-8?b?5aSq6YOO?= <taro+x@example.jp>",
        "\u592a\u90ce <taro@example.jp>".encode(),
        b"taro@example.jp,\r\n\tsales@example.jp",
        b"taro@example.jp (Taro)",
    ],
)
def test_headers_with_ones_own_from_pass(rules: SubmissionRules, raw: bytes) -> None:
    assert rules.headers(TARO, [("Subject", b"x"), ("FROM", raw)]) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"boss@example.jp",
        b"Taro <boss@example.jp>",
        b"taro@example.jp, boss@example.jp",
        b"taro@example.jp <boss@example.jp>",
        b"<taro@example.jp> boss@example.jp",
        b"<taro@example.jp>, <boss@example.jp",
        b"friends: boss@example.jp;",
        b"friends:;",
        b"(taro@example.jp) boss@example.jp",
        b"=?utf-8?q?taro@example.jp?=",
        b"",
        b"\xff@example.jp",
        b"taro@example.jp" + b" " * FROM_BYTES,
        b"(" * (FROM_BYTES // 2) + b")" * (FROM_BYTES // 2 - 20) + b"taro@example.jp",
        b'"' * FROM_BYTES,
        b"taro@example.jp\0boss@example.jp",
    ],
)
def test_headers_with_anything_else_in_from_are_refused(rules: SubmissionRules, raw: bytes) -> None:
    refused = rules.headers(TARO, [("From", raw)])
    assert refused is not None
    assert refused.code in {"550", "553"}


def test_headers_need_exactly_one_from(rules: SubmissionRules) -> None:
    one = ("From", b"taro@example.jp")
    for fields in ([], [one, one]):
        refused = rules.headers(TARO, fields)
        assert refused is not None
        assert "one From: line" in refused.text


def test_recipients_beyond_the_rate_must_wait(rules: SubmissionRules) -> None:
    assert [rules.recipient(TARO), rules.recipient(TARO)] == [None, None]
    refused = rules.recipient(TARO)
    assert refused is not None
    assert str(refused) == "450 4.7.1 too many recipients within an hour; try again in 30 minutes"


def test_from_addresses_reads_what_a_mail_program_shows() -> None:
    assert from_addresses(b"A <a@example.jp>, b@example.jp") == ("a@example.jp", "b@example.jp")
    assert from_addresses(b"not an address") == ()
