"""Acceptance cases of limits: quota and its warnings, the largest message."""

import pytest

from house.clients import hand_in, letter, open_mailbox, send
from house.house import House
from house.waiting import soon
from machiya.core.sizes import MIB

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]


def filled(token: str, octets: int) -> bytes:
    """A message of about so many bytes, in lines."""
    return letter(token, ("x" * 76 + "\r\n") * (octets // 78))


def warnings(house: House, mailbox: str, percent: int) -> int:
    return sum(f"<quota-{percent}.".encode() in content for content in house.stored(mailbox))


def test_over_quota_is_held_and_delivered_after_the_quota_was_raised(house: House) -> None:
    mailbox = open_mailbox(house, "small", quota="1 MiB")
    send(house, mailbox, filled("quota-first", 700_000))
    house.arrives(mailbox, "quota-first")
    send(house, mailbox, filled("quota-second", 700_000))
    soon(lambda: "over its quota" in _trace(house).lower(), "the trace tells", tell=lambda: _trace(house))
    assert not house.find(mailbox, "quota-second")
    assert house.held()
    house.machiya("mailbox", "change", mailbox, "--quota", "4 MiB")
    house.arrives(mailbox, "quota-second")


def _trace(house: House) -> str:
    return house.machiya("trace", "quota-second@street.example", good=False)


def test_warnings_at_80_and_95_percent_come_once(house: House) -> None:
    mailbox = open_mailbox(house, "warned", quota="1 MiB")
    for number, octets in enumerate((850_000, 30_000, 120_000, 10_000)):
        send(house, mailbox, filled(f"warned-{number}", octets))
        house.arrives(mailbox, f"warned-{number}")
    soon(lambda: warnings(house, mailbox, 95), "the warning at 95 %", tell=lambda: house.tail("dovecot"))
    assert (warnings(house, mailbox, 80), warnings(house, mailbox, 95)) == (1, 1)


def test_message_of_25_mib_arrives_and_a_byte_more_is_refused(house: House) -> None:
    mailbox = open_mailbox(house, "large")
    head = letter("largest", body="")
    body = (b"y" * 998 + b"\r\n") * (25 * MIB // 1000 + 1)
    whole = (head + body)[: 25 * MIB - 2] + b"\r\n"
    assert hand_in(house, [mailbox], whole[:-2] + b"z\r\n").end[0] == 552
    send(house, mailbox, whole)
    stored = house.arrives(mailbox, "largest", seconds=300)
    assert stored.endswith(whole.replace(b"\r\n", b"\n"))
