"""Postfix's own programs, played by a script of answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from fakes.commands import GOOD
from machiya.adapters.postfix.queue import PostfixQueue
from machiya.core.commands import Finished
from machiya.core.errors import InvalidInput
from machiya.mail.outgoing_ports import NotInQueue, QueuedRecipient, QueueUnavailable

ID = "4dQxYz0abcz2k"
ENTRY = {
    "queue_name": "deferred", "queue_id": ID, "arrival_time": 1764367200, "message_size": 812,
    "forced_expire": False, "sender": "taro@home.test",
    "recipients": [{"address": "x@example.org", "delay_reason": "connect to relay: refused"}, {"address": "y@e.org"}],
}  # fmt: skip


@dataclass
class Postfix:
    """Answers ``postqueue -j`` with ``entries``, everything else with ``answer``."""

    entries: Sequence[object] = (ENTRY,)
    answer: Finished = GOOD
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, argv: Sequence[str]) -> Finished:
        self.asked.append(tuple(argv))
        if argv[1] == "-j":
            return Finished(0, "".join(json.dumps(entry) + "\n" for entry in self.entries), "")
        return self.answer


def test_list_tells_what_waits_and_why_oldest_first() -> None:
    older = {**ENTRY, "queue_id": "4dQxYz0aaaz2k", "arrival_time": 1764360000, "sender": "MAILER-DAEMON"}
    first, second = PostfixQueue(Postfix(entries=[ENTRY, older])).list()
    assert (first.queue_id, first.sender) == ("4dQxYz0aaaz2k", "")
    assert second.recipients == (
        QueuedRecipient("x@example.org", "connect to relay: refused"),
        QueuedRecipient("y@e.org"),
    )
    assert second.arrived_at == datetime.fromtimestamp(1764367200, tz=UTC)
    assert (second.queue_name, second.size_bytes) == ("deferred", 812)


def test_headers_are_decoded() -> None:
    postfix = Postfix(answer=Finished(0, "Subject: =?utf-8?b?5pS5?=\nMessage-ID: <m1@home.test>\n", ""))
    assert PostfixQueue(postfix).headers(ID)["subject"] == "改"
    assert postfix.asked == [("postcat", "-h", "-q", ID)]


def test_changes_name_exactly_one_message() -> None:
    postfix = Postfix()
    queue = PostfixQueue(postfix)
    queue.hold(ID)
    queue.release(ID)
    queue.delete(ID)
    queue.retry([ID])
    queue.retry(None)
    done = [argv for argv in postfix.asked if argv[1] != "-j"]
    assert done == [("postsuper", "-h", ID), ("postsuper", "-H", ID), ("postsuper", "-d", ID),
                    ("postqueue", "-i", ID), ("postqueue", "-f")]  # fmt: skip


@pytest.mark.parametrize("odd", ["ALL", "-d", "", "../x", "4dQx Yz0abcz2k"])
def test_what_is_no_id_never_reaches_a_program(odd: str) -> None:
    postfix = Postfix(entries=[{**ENTRY, "queue_id": odd}])
    with pytest.raises(InvalidInput):
        PostfixQueue(postfix).delete(odd)
    assert [argv for argv in postfix.asked if argv[1] != "-j"] == []


def test_unknown_id_is_not_in_the_queue() -> None:
    with pytest.raises(NotInQueue):
        PostfixQueue(Postfix(entries=[])).hold(ID)
    gone = Postfix(answer=Finished(1, "", f"postcat: fatal: open queue file {ID}: No such file or directory"))
    with pytest.raises(NotInQueue):
        PostfixQueue(gone).headers(ID)


def test_postfix_that_is_down_is_told() -> None:
    down = Postfix(answer=Finished(69, "", "postqueue: fatal: Queue report unavailable - mail system is down"))
    with pytest.raises(QueueUnavailable, match="mail system is down"):
        PostfixQueue(down).retry(None)
    with pytest.raises(QueueUnavailable, match="cannot be read"):
        PostfixQueue(Postfix(entries=[{"queue_id": ID}])).list()
