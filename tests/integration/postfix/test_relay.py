"""The relay in every mood: what is kept, what comes back, and what the sender and the trace are told."""

import email
import smtplib
import time
from collections.abc import Callable
from dataclasses import replace
from email import policy
from typing import Any

import pytest

from fakes.certificates import TestAuthority
from fakes.smtp_relay import FakeRelay
from integration.ports import free_port
from integration.postfix.client import id_of, logged_in, message
from integration.postfix.lab import LOGIN, RELAY, RELAY_PASSWORD, Lab
from integration.postfix.mail_api import wait_for
from integration.postfix.setting_up import server_context
from machiya.adapters.postfix.queue import PostfixQueue
from machiya.mail.outgoing_ports import NotInQueue, QueuedMessage
from machiya.stacks.facts import RelayFacts

pytestmark = pytest.mark.mailstack


def send(lab: Lab, **how: Any) -> str:
    made = message(**how)
    with logged_in(lab) as client:
        client.send_message(made)
    return id_of(made)


def queue_of(lab: Lab) -> PostfixQueue:
    return PostfixQueue(lambda argv: lab.docker.call("exec", lab.container, *argv))


def state(lab: Lab, message_id: str, wanted: str) -> dict[str, Any]:
    """The journey, once it has got there."""

    def look() -> dict[str, Any] | None:
        found = [one for one in lab.api.journeys(message_id) if one["state"] == wanted]
        return found[0] if found else None

    found: dict[str, Any] = wait_for(f"the trace says {wanted}", look)
    return found


def deferred(queue: PostfixQueue) -> QueuedMessage:
    """The one message, once the queue manager has laid it aside: the log says so a moment before."""
    (waiting,) = wait_for("deferred", lambda: [one for one in queue.list() if one.queue_name == "deferred"])
    return waiting  # type: ignore[no-any-return]  # wait_for takes anything


def retried(lab: Lab, what: str, look: Callable[[], object]) -> None:
    """Told to try again until it is so: a message is in the deferred queue a moment after the log says so."""

    def looked() -> object:
        found = look()
        if not found:
            queue_of(lab).retry(None)
        return found

    wait_for(what, looked)


def told(journey: dict[str, Any]) -> str:
    return "\n".join(step["text"] for step in journey["steps"])


def notice(lab: Lab) -> Any:
    octets = wait_for("a notice for the sender", lambda: lab.dovecot.stored.get(LOGIN))[0]
    return email.message_from_bytes(octets, policy=policy.default)


def test_deferred_mail_waits_in_the_queue_and_goes_when_told(lab: Lab) -> None:
    lab.relay.replies["x@example.org"] = "451 4.7.1 greylisted"
    made = send(lab)
    assert "greylisted" in told(state(lab, made, "deferred"))
    queue = queue_of(lab)
    waiting = deferred(queue)
    assert (waiting.sender, waiting.recipients[0].address) == (LOGIN, "x@example.org")
    assert "greylisted" in waiting.recipients[0].delay_reason
    assert queue.headers(waiting.queue_id)["message-id"] == f"<{made}>"
    lab.relay.replies.clear()
    queue.retry([waiting.queue_id])
    wait_for("it went", lambda: lab.relay.carried)
    state(lab, made, "relayed")


def test_held_mail_stays_until_it_is_released(lab: Lab) -> None:
    lab.relay.replies["MAIL"] = "451 4.3.0 later"
    made = send(lab)
    state(lab, made, "deferred")
    queue = queue_of(lab)
    waiting = deferred(queue)
    queue.hold(waiting.queue_id)
    state(lab, made, "held")
    lab.relay.replies.clear()
    queue.retry(None)
    assert [one.queue_name for one in queue.list()] == ["hold"]
    queue.release(waiting.queue_id)
    retried(lab, "it went", lambda: lab.relay.carried)


def test_deleted_mail_is_gone(lab: Lab) -> None:
    lab.relay.replies["MAIL"] = "451 4.3.0 later"
    state(lab, send(lab), "deferred")
    queue = queue_of(lab)
    waiting = deferred(queue)
    queue.delete(waiting.queue_id)
    assert queue.list() == ()
    with pytest.raises(NotInQueue):
        queue.delete(waiting.queue_id)
    with pytest.raises(NotInQueue):
        queue.headers(waiting.queue_id)


def test_refused_mail_comes_back_to_its_sender(lab: Lab) -> None:
    lab.relay.replies["x@example.org"] = "550 5.1.1 no such user here"
    journey = state(lab, send(lab), "bounced")
    assert "refused for good for x@example.org" in told(journey)
    assert "no such user here" in told(journey)
    report = notice(lab)
    assert report.get_content_type() == "multipart/report"
    assert b"no such user here" in report.as_bytes()


def test_relay_that_hangs_up_is_tried_again(lab: Lab) -> None:
    lab.relay.drop = True
    made = send(lab)
    state(lab, made, "deferred")
    lab.relay.drop = False
    retried(lab, "it went", lambda: lab.relay.carried)
    assert len(lab.relay.carried) == 1


def test_relay_with_a_wrong_certificate_gets_nothing(lab: Lab) -> None:
    lab.relay.stop()
    wrong = replace(lab.relay, context=server_context(lab.folder, TestAuthority(), RELAY), carried=[])
    wrong.start()
    try:
        made = send(lab)
        assert "certificate" in told(state(lab, made, "deferred")).lower()
        assert wrong.carried == []
    finally:
        wrong.stop()
        lab.relay.start()
    retried(lab, "the right one has it", lambda: lab.relay.carried)


def test_wrong_relay_password_keeps_the_mail(lab: Lab) -> None:
    lab.relay.password = "changed"
    made = send(lab)
    journey = state(lab, made, "deferred")
    assert "authentication failed" in told(journey)
    lab.secrets["relay_password"] = "changed"
    lab.reload()
    retried(lab, "it went", lambda: lab.relay.carried)
    lab.secrets["relay_password"] = lab.relay.password = RELAY_PASSWORD
    lab.reload()


def test_domain_with_its_own_relay(lab: Lab) -> None:
    port = free_port()
    other = FakeRelay(lab.relay.host, port, lab.relay.context, "second secret", implicit=True)
    other.start()
    lab.secrets["relay_domain_passwords"] = "home.test=second secret".replace(" s", "-s")
    other.password = "second-secret"
    lab.reload(relay_domains={"home.test": RelayFacts(RELAY, port, "implicit", "second")})
    try:
        send(lab)
        wait_for("the domain's relay has it", lambda: other.carried)
        assert (other.carried[0].login, lab.relay.carried) == ("second", [])
    finally:
        lab.secrets["relay_domain_passwords"] = ""
        lab.reload(relay_domains={})
        other.stop()


def test_bounce_told_by_the_relay_reaches_the_sender_once(lab: Lab) -> None:
    made = send(lab)
    state(lab, made, "relayed")
    bounce = {
        "event": "bounce", "email": "x@example.org", "timestamp": int(time.time()), "smtp-id": f"<{made}>",
        "sg_event_id": f"e-{made}", "reason": "550 5.1.1 mailbox unavailable", "status": "5.1.1",
    }  # fmt: skip
    assert [lab.post_events([bounce]), lab.post_events([bounce, bounce])] == [204, 204]
    report = notice(lab)
    assert report["To"] == LOGIN
    assert b"mailbox unavailable" in report.as_bytes()
    journey = state(lab, made, "bounced")
    assert "bounced: the server of x@example.org refused it: 550 5.1.1 mailbox unavailable" in told(journey)
    lab.api.kill()
    lab.api.start()
    assert lab.post_events([bounce]) == 204
    assert len(lab.dovecot.stored[LOGIN]) == 1


def test_delivery_told_by_the_relay_ends_the_journey(lab: Lab) -> None:
    made = send(lab)
    state(lab, made, "relayed")
    event = {"event": "delivered", "email": "x@example.org", "timestamp": int(time.time()), "smtp-id": f"<{made}>",
             "sg_event_id": f"d-{made}", "response": "250 2.0.0 OK"}  # fmt: skip
    assert lab.post_events([event]) == 204
    assert "delivered: the server of x@example.org has it: 250 2.0.0 OK" in told(state(lab, made, "delivered"))


def test_mail_for_this_house_waits_while_dovecot_is_ill(lab: Lab) -> None:
    lab.dovecot.down = True
    made = send(lab, to=LOGIN)
    state(lab, made, "deferred")
    lab.dovecot.down = False
    retried(lab, "stored", lambda: lab.dovecot.stored)
    assert len(lab.dovecot.stored[LOGIN]) == 1
    assert lab.relay.carried == []


def test_too_large_a_message_is_refused(lab: Lab) -> None:
    made = message()
    made.set_content("x" * 70 + "\n" + ("y" * 70 + "\n") * 20_000)
    with logged_in(lab) as client, pytest.raises(smtplib.SMTPException) as refused:
        client.send_message(made)
    assert "552" in str(refused.value)
