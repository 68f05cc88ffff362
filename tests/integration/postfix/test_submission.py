"""Submission: who may come in, and as whom they may write (facts/mail: no TLS, no log-in, forged sender, alias …)."""

import smtplib
import ssl

import pytest

from integration.postfix.client import connected, context_of, id_of, logged_in, message
from integration.postfix.lab import LOGIN, Lab
from integration.postfix.mail_api import wait_for
from machiya.stacks.networks import Network

pytestmark = pytest.mark.mailstack

ALIAS, STRANGER = "hello@home.test", "boss@home.test"


def carried(lab: Lab) -> bytes:
    return bytes(wait_for("the relay has it", lambda: lab.relay.carried)[0].content)


def refused_for_now(lab: Lab) -> bool:
    """Whether somewhere on the way to a sent message the answer is 4xx."""
    try:
        with logged_in(lab) as client:
            client.send_message(message())
    except smtplib.SMTPResponseException as refused:
        return 400 <= refused.smtp_code < 500
    except smtplib.SMTPRecipientsRefused as refused:
        return all(400 <= code < 500 for code, _ in refused.recipients.values())
    return False


def test_no_tls_no_mail(lab: Lab) -> None:
    with connected(lab, tls=False) as client:
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] in {502, 503, 530}
        assert client.docmd("MAIL", f"FROM:<{LOGIN}>")[0] == 530


def test_no_log_in_no_mail(lab: Lab) -> None:
    with connected(lab) as client, pytest.raises(smtplib.SMTPException) as refused:
        client.send_message(message())
    assert "530" in str(refused.value) or "554" in str(refused.value)


def test_wrong_password_is_refused(lab: Lab) -> None:
    with connected(lab) as client, pytest.raises(smtplib.SMTPAuthenticationError):
        client.login(LOGIN, "wrong")


def test_old_tls_is_refused(lab: Lab) -> None:
    context = context_of(lab)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with connected(lab, tls=False) as client, pytest.raises((ssl.SSLError, OSError)):
        client.starttls(context=context)


@pytest.mark.parametrize("implicit", [False, True], ids=["587", "465"])
def test_mail_leaves_through_the_relay_without_a_trace_of_the_client(lab: Lab, implicit: bool) -> None:  # noqa: FBT001 – a parameter
    with logged_in(lab, implicit=implicit) as client:
        client.send_message(message(X_Originating_IP="[192.168.1.5]"))
    content = carried(lab)
    assert lab.relay.carried[0].login == "apikey"
    assert lab.relay.carried[0].sender == LOGIN
    for inside in (b"Received:", b"pc.lan", b"192.168.", lab.facts.network_prefix.encode() + b".", b"X-Originating"):
        assert inside not in content
    assert b"\r\nhello\r\n" in content


@pytest.mark.parametrize("sender", [LOGIN, ALIAS, "you+shop@home.test", "YOU@Home.Test", "hello+tag@home.test"])
def test_own_addresses_may_send(lab: Lab, sender: str) -> None:
    with logged_in(lab) as client:
        client.send_message(message(sender), from_addr=sender)
    assert f"From: {sender}".encode() in carried(lab)


@pytest.mark.parametrize("sender", [STRANGER, "you@elsewhere.example", "you@home.test.evil.example", "+you@home.test"])
def test_forged_envelope_is_refused(lab: Lab, sender: str) -> None:
    with logged_in(lab) as client, pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)) as refused:
        client.sendmail(sender, ["x@example.org"], b"From: you@home.test\r\n\r\nx")
    assert "553" in str(refused.value)
    assert lab.relay.carried == []


@pytest.mark.parametrize(
    "header",
    [
        b"From: boss@home.test",
        b"From: You <boss@home.test>",
        b"From: you@home.test, boss@home.test",
        b"From: you@home.test\r\nFrom: boss@home.test",
        b'From: "you@home.test" <boss@home.test>',
        b"From: you@home.test <boss@home.test>",
        b"From: =?utf-8?q?you?= <you@evil.example>",
        b"From: friends:;",
    ],
)
@pytest.mark.parametrize("envelope", [LOGIN, ""], ids=["own", "null"])
def test_forged_from_is_refused(lab: Lab, header: bytes, envelope: str) -> None:
    with logged_in(lab) as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail(envelope, ["x@example.org"], header + b"\r\n\r\nx")
    assert refused.value.smtp_code in {550, 553}
    assert lab.relay.carried == []


def test_message_without_from_gets_the_one_of_its_envelope(lab: Lab) -> None:
    with logged_in(lab) as client:
        client.sendmail(ALIAS, ["x@example.org"], b"Subject: short\r\n\r\nx")
    assert b"From: hello@home.test" in carried(lab)


def test_read_receipt_with_the_null_sender_leaves(lab: Lab) -> None:
    with logged_in(lab) as client:
        client.sendmail("", ["x@example.org"], b"From: you@home.test\r\nSubject: read\r\n\r\nx")
    carried(lab)
    assert lab.relay.carried[0].sender == ""


def test_scanner_away_is_a_temporary_refusal(lab: Lab) -> None:
    lab.reload(scanning=True)
    try:
        assert refused_for_now(lab)
        assert lab.relay.carried == []
    finally:
        lab.reload(scanning=False)


def test_mail_api_away_is_a_temporary_refusal(lab: Lab) -> None:
    lab.api.kill()
    try:
        assert refused_for_now(lab)
    finally:
        lab.api.start()
    with logged_in(lab) as client:
        client.send_message(message())
    carried(lab)


def test_unknown_recipient_of_this_house_is_refused_at_once(lab: Lab) -> None:
    with logged_in(lab) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(message(to="nobody@home.test"))
    code, text = refused.value.recipients["nobody@home.test"]
    assert (code, b"5.1.1" in text) == (550, True)


def test_mail_for_this_house_never_leaves_it(lab: Lab) -> None:
    made = message(to="hello+tag@home.test, x@example.org")
    with logged_in(lab) as client:
        client.send_message(made)
    wait_for("both have it", lambda: lab.relay.carried and lab.dovecot.stored)
    assert list(lab.dovecot.stored) == [LOGIN]
    assert lab.relay.carried[0].recipients == ("x@example.org",)

    def told() -> str:
        return "\n".join(step["text"] for one in lab.api.journeys(id_of(made)) for step in one["steps"])

    wait_for(
        "traced", lambda: f"stored for {LOGIN} in this house" in (said := told()) and "taken over by the relay" in said
    )


def test_only_dovecot_hands_in_without_a_log_in(lab: Lab) -> None:
    inside, dovecot = lab.at(Network.MAILSERVER, "postfix"), lab.at(Network.MAILSERVER, "dovecot")
    content = b"From: you@home.test\r\nSubject: away\r\n\r\nx"
    with smtplib.SMTP(inside, 10025, timeout=120) as client, pytest.raises(smtplib.SMTPException) as refused:
        client.sendmail("", ["x@example.org"], content)
    assert "554" in str(refused.value)
    with smtplib.SMTP(inside, 10025, timeout=120, source_address=(dovecot, 0)) as client:
        client.sendmail("", ["x@example.org"], content)
    carried(lab)


def test_copy_that_is_sent_on_to_this_house_bears_no_delivery_id_of_another_mailbox(lab: Lab) -> None:
    inner = b"From: a@b.example\r\nX-Machiya-Delivery: 2\r\n\r\ninner\r\n"
    content = (
        b"X-Machiya-Delivery: 1\r\nFrom: you@home.test\r\nSubject: on\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: message/rfc822\r\n\r\n" + inner
    )
    inside, dovecot = lab.at(Network.MAILSERVER, "postfix"), lab.at(Network.MAILSERVER, "dovecot")
    with smtplib.SMTP(inside, 10025, timeout=60, source_address=(dovecot, 0)) as client:
        client.sendmail(LOGIN, [LOGIN], content)
    with logged_in(lab) as client:
        client.sendmail(LOGIN, [LOGIN], content)
    wait_for("both are stored", lambda: len(lab.dovecot.stored.get(LOGIN, ())) == 2)
    for octets in lab.dovecot.stored[LOGIN]:
        assert b"X-Machiya-Delivery: 1" not in octets
        assert b"X-Machiya-Passed: 1" in octets
        assert inner in octets


def test_too_many_recipients_an_hour_must_wait(lab: Lab) -> None:
    with logged_in(lab) as client:
        client.mail(LOGIN)
        replies = [client.rcpt(f"x{number}@example.org") for number in range(205)]
    assert {code for code, _ in replies} == {250, 450}
    assert b"try again in" in replies[-1][1]
    lab.api.kill()
    lab.api.start()
