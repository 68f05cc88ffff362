"""Acceptance cases of submission: who may send, as whom, and what the relay and the sender see of it."""

import contextlib
import smtplib
import socket
from collections.abc import Iterator

import pytest

from fakes.smtp_relay import FakeRelay
from house.clients import SECONDS, open_mailbox, submission, submit, written
from house.house import DOMAIN, House
from house.waiting import soon
from house.yard import PREFIX

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]

OUTSIDE = "friend@street.example"


@pytest.fixture(scope="module")
def sender(house: House) -> str:
    mailbox = open_mailbox(house, "writer")
    house.machiya("alias", "add", f"sales@{DOMAIN}", mailbox)
    return mailbox


@pytest.fixture
def relay(house: House) -> Iterator[FakeRelay]:
    assert house.relay
    yield house.relay
    house.relay.replies.clear()


def carried(relay: FakeRelay, token: str) -> bytes:
    return soon(lambda: next((one.content for one in relay.carried if token.encode() in one.content), b""), token)


def test_no_tls_refused(house: House, sender: str) -> None:
    with submission(house, tls=False) as client:
        assert not client.has_extn("auth")
        assert client.docmd("MAIL", f"FROM:<{sender}>")[0] == 530
    with house.vpn.inside(), socket.create_connection((house.vpn.machine, 465), SECONDS) as plain:
        plain.sendall(b"EHLO x\r\n")
        with contextlib.suppress(ConnectionError):
            assert not plain.recv(100).startswith(b"220")


def test_no_auth_refused(house: House, sender: str) -> None:
    with submission(house) as client, pytest.raises(smtplib.SMTPException, match=r"5[35][04]"):
        client.send_message(written(sender, OUTSIDE, "no-auth"), from_addr=sender)


def test_wrong_password_refused(house: House, sender: str) -> None:
    with submission(house) as client, pytest.raises(smtplib.SMTPAuthenticationError):
        client.login(sender, "wrong")


def test_forged_sender_refused(house: House, sender: str, relay: FakeRelay) -> None:
    with pytest.raises(smtplib.SMTPException):
        submit(house, sender, written(sender, OUTSIDE, "forged-envelope"), sender=f"boss@{DOMAIN}")
    with pytest.raises(smtplib.SMTPDataError):
        submit(house, sender, written(f"boss@{DOMAIN}", OUTSIDE, "forged-from"))
    assert not [one for one in relay.carried if b"forged" in one.content]


def test_alias_sender_allowed(house: House, sender: str, relay: FakeRelay) -> None:
    soon(lambda: _sends(house, sender), "the alias may send")
    assert f"From: sales@{DOMAIN}".encode() in carried(relay, "as-sales")


def _sends(house: House, sender: str) -> bool:
    alias = f"sales@{DOMAIN}"
    try:
        submit(house, sender, written(alias, OUTSIDE, "as-sales"), sender=alias)
    except smtplib.SMTPException:
        return False
    return True


def test_internal_received_hidden(house: House, sender: str, relay: FakeRelay) -> None:
    submit(house, sender, written(sender, OUTSIDE, "hidden-path", X_Originating_IP="[192.168.7.7]"))
    content = carried(relay, "hidden-path")
    for inside in (b"Received:", b"laptop.lan", b"192.168.", f"{PREFIX}.".encode(), house.vpn.address.encode()):
        assert inside not in content


def test_bounce_reaches_the_sender(house: House, sender: str, relay: FakeRelay) -> None:
    relay.replies["gone@street.example"] = "550 5.1.1 nobody here"
    submit(house, sender, written(sender, "gone@street.example", "to-nobody"))
    notice = house.arrives(sender, "to-nobody")
    assert b"multipart/report" in notice
    assert b"5.1.1" in notice
    soon(lambda: "bounced" in {one["state"] for one in house.trace("gone@street.example")}, "the trace tells")


def test_deferred_by_the_relay_waits_in_the_queue_and_leaves_later(house: House, sender: str, relay: FakeRelay) -> None:
    relay.replies["later@street.example"] = "451 4.7.1 try again later"
    submit(house, sender, written(sender, "later@street.example", "for-later"))
    soon(lambda: "later@street.example" in house.machiya("queue", "list"), "in the queue")
    relay.replies.clear()
    soon(lambda: _left(house, relay, "for-later"), "it leaves")


def _left(house: House, relay: FakeRelay, token: str) -> bool:
    """Told to try again until it has: what is listed is in the deferred queue only a moment later."""
    house.machiya("queue", "retry", "--all", good=False)
    return any(token.encode() in one.content for one in relay.carried)


def test_virus_does_not_leave(house: House, sender: str, relay: FakeRelay) -> None:
    message = written(sender, OUTSIDE, "outgoing-virus")
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    message.add_attachment(eicar, maintype="application", subtype="octet-stream", filename="test.com")
    with pytest.raises(smtplib.SMTPException, match="55"):
        submit(house, sender, message)
    assert not [one for one in relay.carried if b"outgoing-virus" in one.content]
