"""Acceptance cases of recipients: who gets what, who is refused, and that nobody gets anything twice."""

import pytest

from house.clients import hand_in, knows, letter, open_mailbox, send, submit, written
from house.house import DOMAIN, House
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def pair(house: House) -> tuple[str, str]:
    """Two mailboxes, and addresses that lead to them."""
    first, second = house.mailbox("anna"), house.mailbox("bert")
    house.machiya("alias", "add", f"team@{DOMAIN}", first, second)
    house.machiya("alias", "add", f"anna.b@{DOMAIN}", first)
    soon(lambda: knows(house, f"anna.b@{DOMAIN}"), "the edge knows the alias")
    return first, second


def test_plain_and_case_folding(house: House, pair: tuple[str, str]) -> None:
    send(house, "ANNA@Home.Test", letter("plain-case"))
    house.arrives(pair[0], "plain-case")


def test_alias(house: House, pair: tuple[str, str]) -> None:
    send(house, f"team@{DOMAIN}", letter("by-alias"))
    for mailbox in pair:
        house.arrives(mailbox, "by-alias")


def test_alias_with_tag(house: House, pair: tuple[str, str]) -> None:
    send(house, f"anna.b+shop@{DOMAIN}", letter("alias-tag"))
    assert f"for <anna.b+shop@{DOMAIN}>".encode() in house.arrives(pair[0], "alias-tag")


def test_catch_all(house: House, pair: tuple[str, str]) -> None:
    house.machiya("domain", "add", "catch.test")
    house.machiya("domain", "change", "catch.test", "--catch-all", pair[1])
    soon(lambda: knows(house, "anybody@catch.test"), "the edge knows the catch-all")
    send(house, "whoever@catch.test", letter("catch-all"))
    house.arrives(pair[1], "catch-all")


def test_unknown_is_refused_at_the_edge(house: House, pair: tuple[str, str]) -> None:
    assert pair
    code, said = hand_in(house, [f"nobody@{DOMAIN}"], b"").recipients[0]
    assert (code, said[:5]) == (550, "5.1.1")


def test_disabled_mailbox_is_refused(house: House) -> None:
    mailbox = open_mailbox(house, "gone")
    house.machiya("mailbox", "change", mailbox, "--disable")
    soon(lambda: hand_in(house, [mailbox], letter("x")).recipients[0][0] == 550, "the edge refuses a disabled mailbox")


def test_several_recipients_with_one_failing(house: House, pair: tuple[str, str]) -> None:
    wanted = [pair[0], f"nobody@{DOMAIN}", pair[1], pair[0]]
    handed = hand_in(house, wanted, letter("several"))
    assert [code for code, _ in handed.recipients] == [250, 550, 250, 250]
    for mailbox in pair:
        house.arrives(mailbox, "several")


def test_null_sender(house: House, pair: tuple[str, str]) -> None:
    send(house, pair[0], letter("null-sender", sender="mailer-daemon@street.example"), sender="")
    assert house.arrives(pair[0], "null-sender").startswith(b"Return-Path: <>\n")


def test_mail_to_the_own_domain_stays_inside(house: House, pair: tuple[str, str]) -> None:
    assert house.relay
    submit(house, pair[0], written(pair[0], pair[1], "inside-mail"))
    house.arrives(pair[1], "inside-mail")
    assert not [one for one in house.relay.carried if b"inside-mail" in one.content]


def test_unknown_recipient_of_the_own_domain_is_refused_at_submission(house: House, pair: tuple[str, str]) -> None:
    with pytest.raises(Exception, match="550"):
        submit(house, pair[0], written(pair[0], f"nobody@{DOMAIN}", "inside-nobody"))
