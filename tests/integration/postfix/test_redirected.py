"""What Dovecot redirects for a mailbox, through Postfix and mail-api to the relay, and what comes back."""

import smtplib
from email import message_from_bytes, policy
from email.header import Header, decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest

from integration.postfix.lab import LOGIN, Lab
from integration.postfix.mail_api import wait_for
from machiya.stacks.networks import Network

pytestmark = pytest.mark.mailstack
OUTSIDE = "you@elsewhere.example"
REDIRECTED = b"X-Sieve: Pigeonhole\r\nX-Sieve-Redirected-From: you@home.test\r\nX-Machiya-Delivery: 1\r\n"
BODY = b"Subject: =?utf-8?B?6LOq5ZWP?=\r\n\r\n8-bit \x83\x65 and\r\n..dots\r\n"


def redirect(lab: Lab, head: bytes, *, sender: str = LOGIN, to: str = OUTSIDE, by_sieve: bool = True) -> None:
    inside, dovecot = lab.at(Network.MAILSERVER, "postfix"), lab.at(Network.MAILSERVER, "dovecot")
    with smtplib.SMTP(inside, 10025, timeout=120, source_address=(dovecot, 0)) as client:
        client.sendmail(sender, [to], (REDIRECTED if by_sieve else b"") + head + BODY)


def carried(lab: Lab) -> Any:
    (one,) = wait_for("the relay has it", lambda: lab.relay.carried)
    return one


def read(octets: bytes) -> EmailMessage:
    return message_from_bytes(octets, policy=policy.default)


def test_to_outside_it_leaves_under_the_mailboxs_address(lab: Lab) -> None:
    name = Header("田中 花子", "utf-8", header_name="From").encode().encode()
    redirect(lab, b"From: " + name + b"\r\n\t<hanako@example.org>\r\nTo: you@home.test\r\n")
    gone = carried(lab)
    assert (gone.sender, gone.recipients) == (LOGIN, (OUTSIDE,))
    message = read(gone.content)
    [author] = message["From"].addresses
    assert author.addr_spec == LOGIN
    [raw] = [value for field, value in message.raw_items() if field == "From"]
    shown = str(make_header(decode_header(raw)))  # the library's reader of addresses puts blanks between encoded words
    assert shown == "田中 花子 (hanako@example.org) via you@home.test <you@home.test>"
    assert message["Reply-To"].addresses[0].addr_spec == "hanako@example.org"
    assert message["Reply-To"].addresses[0].display_name == "田中 花子"
    assert message["X-Original-From"] == "田中 花子\t<hanako@example.org>"  # as it was, its fold too
    assert message["To"] == "you@home.test"
    assert message["X-Machiya-Delivery"] is None
    assert gone.content.replace(b"\r\n", b"\n").endswith(BODY.replace(b"\r\n", b"\n").partition(b"\n\n")[2])


def test_reply_to_that_is_there_stays(lab: Lab) -> None:
    redirect(lab, b"Reply-To: office@example.org\r\nFrom: Bot <bot@example.org>\r\n")
    message = read(carried(lab).content)
    assert message.get_all("Reply-To") == ["office@example.org"]
    assert message["From"] == '"Bot (bot@example.org) via you@home.test" <you@home.test>'


@pytest.mark.parametrize(
    "head", [b"From: a@x.org\r\nFrom: b@x.org\r\n", b"From: \xff\xfe <a@x.org\r\n", b"X-No: from\r\n"]
)
def test_one_from_line_is_left_whatever_there_was(lab: Lab, head: bytes) -> None:
    redirect(lab, head)
    [author] = read(carried(lab).content).get_all("From") or []
    assert author.addresses[0].addr_spec == LOGIN
    assert len(author.addresses) == 1


def test_own_address_and_vacation_are_left_alone(lab: Lab) -> None:
    redirect(lab, b"From: You <hello@home.test>\r\n")
    assert read(carried(lab).content)["From"] == "You <hello@home.test>"
    lab.relay.carried.clear()
    redirect(lab, b"From: you@home.test\r\nAuto-Submitted: auto-replied\r\n", sender="", by_sieve=False)
    assert read(carried(lab).content)["From"] == "you@home.test"


def test_inside_the_house_the_author_stays(lab: Lab) -> None:
    redirect(lab, b"From: Hanako <hanako@example.org>\r\n", to="hello@home.test")
    [octets] = wait_for("it is stored", lambda: lab.dovecot.stored.get(LOGIN))
    assert read(octets)["From"] == "Hanako <hanako@example.org>"
    assert read(octets)["X-Original-From"] is None


def test_nothing_is_sent_on_for_somebody_outside(lab: Lab) -> None:
    with pytest.raises(smtplib.SMTPDataError, match=r"5\.7\.1"):
        redirect(lab, b"From: a@example.org\r\n", sender="stranger@example.org")


def test_what_cannot_be_delivered_comes_back_to_the_owner(lab: Lab) -> None:
    lab.relay.replies[OUTSIDE] = "550 5.1.1 no such user here"
    redirect(lab, b"From: Hanako <hanako@example.org>\r\n")
    [octets] = wait_for("a notice for the owner", lambda: lab.dovecot.stored.get(LOGIN))
    assert b"no such user here" in octets


def test_while_mail_api_is_away_it_is_not_taken(lab: Lab) -> None:
    lab.api.kill()
    try:
        with pytest.raises(smtplib.SMTPException, match="451"):
            redirect(lab, b"From: Hanako <hanako@example.org>\r\n")
    finally:
        lab.api.start()
    assert lab.relay.carried == []
