"""What holds the mail together when things are killed, full, rotated or badly configured."""

import os
import signal

import pytest

from integration.postfix.client import id_of, logged_in, message
from integration.postfix.lab import Lab
from integration.postfix.mail_api import wait_for
from machiya.stacks.catalogue.postfix.service import CONFIG, PROGRAMS

pytestmark = pytest.mark.mailstack


def send(lab: Lab) -> str:
    made = message()
    with logged_in(lab) as client:
        client.send_message(made)
    return id_of(made)


def traced(lab: Lab, made: str) -> list[str]:
    """Every step, once Postfix has forgotten the message: what the relay said stands a line before."""

    def look() -> list[str]:
        ended = [one for one in lab.api.journeys(made) if one["state"] == "relayed"]
        steps = [step["text"] for one in ended for step in one["steps"]]
        return steps if "left the queue" in steps else []

    found: list[str] = wait_for("traced to its end", look)
    return found


def test_queue_survives_kill_9(lab: Lab) -> None:
    lab.relay.replies["MAIL"] = "451 4.3.0 later"
    made = send(lab)
    wait_for("deferred", lambda: lab.queue() and lab.queue()[0]["queue_name"] == "deferred")
    (before,) = lab.docker.inspect("container", [lab.container])
    assert before["State"]["Pid"] > 1, "it is down, and 0 would be every process of this test"
    os.kill(before["State"]["Pid"], signal.SIGKILL)

    def again() -> bool:
        (now,) = lab.docker.inspect("container", [lab.container])
        return bool(now["State"]["Running"] and now["State"]["Pid"] != before["State"]["Pid"] and lab.healthy())

    wait_for("healthy again", again)
    lab.relay.replies.clear()

    def went() -> bool:
        lab.run("postqueue", "-f")  # again and again: the queue manager has just been started
        return bool(lab.relay.carried)

    wait_for("it went", went)
    assert len(lab.relay.carried) == 1
    assert sum("submitted by" in text for text in traced(lab, made)) == 1


def test_killed_follower_repeats_and_loses_nothing(lab: Lab) -> None:
    ids = [send(lab)]
    traced(lab, ids[0])
    lab.api.kill()
    lab.api.start()
    ids.append(send(lab))
    for made in ids:
        steps = traced(lab, made)
        assert len(steps) == len(set(steps)) == 4


def test_rotated_log_is_followed(lab: Lab) -> None:
    first = send(lab)
    lab.run("postfix", "logrotate")
    second = send(lab)
    assert len(traced(lab, first)) == len(traced(lab, second)) == 4
    assert len(list(lab.log_folder.glob("mail.log.*"))) >= 1


def test_log_comes_back_after_a_full_disk(lab: Lab) -> None:
    filling = lab.log_folder / "filling"
    with filling.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        all(file.write(b"x" * 4096) for _ in range(10_000))
    for _ in range(6):
        send(lab)
    wait_for("the relay has them all the same", lambda: len(lab.relay.carried) == 6)
    filling.unlink()
    wait_for("the log takes lines again", lambda: "mark" in lab.log()[-300:])
    assert len(traced(lab, send(lab))) == 4


def test_check_accepts_what_is_rendered_and_refuses_what_postfix_would_ignore(lab: Lab) -> None:
    lab.run(f"{PROGRAMS}/check", CONFIG)
    lab.run("sh", "-c", f"mkdir -p /tmp/odd && cp {CONFIG}/* /tmp/odd/ && echo 'mynetwork = x' >>/tmp/odd/main.cf")
    assert not lab.docker.call("exec", lab.container, f"{PROGRAMS}/check", "/tmp/odd").good  # noqa: S108 – in the container
