"""The notice as mail programs and people read it."""

import email
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from typing import Any

import pytest

from machiya.core.addresses import EmailAddress
from machiya.mail.notice import notice_bytes, notice_id
from machiya.mail.outgoing import OutgoingMessage, RelayEvent, RelayEventKind

AT = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
EVENT = RelayEvent("e1", "m1@home.test", "x@example.org", AT, RelayEventKind.BOUNCED, "550 5.1.1 no such user", "5.1.1")
MESSAGE = OutgoingMessage("4dQ1", AT, "m1@home.test", "sales@home.test", "taro@home.test", 812)
TO = EmailAddress.parse("taro@home.test")


def read(event: RelayEvent = EVENT, message: OutgoingMessage | None = MESSAGE) -> Any:
    return email.message_from_bytes(notice_bytes(event, message, TO, "mail.home.test"), policy=policy.default)


def test_notice_is_a_delivery_status_report() -> None:
    report = read()
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert (report["To"], report["Auto-Submitted"]) == ("taro@home.test", "auto-replied")
    people, status, original = report.iter_parts()
    assert "550 5.1.1 no such user" in people.get_content()
    assert "届けられませんでした" in people.get_content()
    fields = status.as_string()
    assert "Final-Recipient: rfc822; x@example.org" in fields
    assert "Action: failed" in fields
    assert "Status: 5.1.1" in fields
    assert "Message-ID: <m1@home.test>" in original.as_string()
    assert report.defects == []


def test_notice_is_made_of_crlf_lines_and_ascii_and_always_the_same() -> None:
    octets = notice_bytes(EVENT, MESSAGE, TO, "mail.home.test")
    assert octets == notice_bytes(EVENT, MESSAGE, TO, "mail.home.test")
    assert octets.isascii()
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert max(map(len, octets.splitlines())) < 998


def test_notice_id_is_of_the_event_alone() -> None:
    assert notice_id(EVENT) == notice_id(replace(EVENT, reason="other words"))
    assert notice_id(EVENT) != notice_id(replace(EVENT, event_id="e2"))


@pytest.mark.parametrize("odd", ["a\r\nBcc: x@y", "改", "5.\uff11.1", "\ud800", "x" * 5000, ""])
def test_notice_bears_odd_words_without_new_header_lines(odd: str) -> None:
    event = replace(EVENT, reason=odd, status=odd, recipient=odd, message_id=odd)
    report = read(event, replace(MESSAGE, sender=odd))
    assert "Bcc" not in report
    assert len(list(report.iter_parts())) == 3
    assert "Status: 5.0.0" in list(report.iter_parts())[1].as_string()


def test_notice_without_its_message_says_so() -> None:
    assert "?" in next(read(message=None).iter_parts()).get_content()
    assert "did not try" in next(read(replace(EVENT, kind=RelayEventKind.DROPPED)).iter_parts()).get_content()
