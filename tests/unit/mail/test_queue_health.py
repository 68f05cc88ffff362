from datetime import UTC, datetime, timedelta

from machiya.mail.outgoing_ports import QueuedMessage, QueuedRecipient
from machiya.mail.queue_health import waiting_problems, waiting_words

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def waiting(minutes: int, reason: str = "connect to relay: refused", name: str = "deferred") -> QueuedMessage:
    to = (QueuedRecipient("x@example.org", reason), QueuedRecipient("y@example.org"))
    return QueuedMessage("4dQ1", name, NOW - timedelta(minutes=minutes), 812, "you@home.test", to)


def test_waiting_words_count_what_waits_and_what_is_held() -> None:
    assert waiting_words([]) == "nothing waits"
    assert waiting_words([waiting(1)]) == "1 waits"
    assert waiting_words([waiting(1), waiting(2), waiting(3, name="hold")]) == "2 wait, 1 on hold"


def test_waiting_problems_tell_what_is_late_and_why() -> None:
    late = [waiting(61), waiting(130), waiting(70, "other"), waiting(999, name="hold"), waiting(2, "new")]
    assert list(waiting_problems(late, NOW)) == [
        "3 messages have waited to leave the house for up to 2 h: connect to relay: refused. machiya queue list"
    ]
    assert list(waiting_problems([waiting(61, "")], NOW)) == [
        "1 message has waited to leave the house for up to 1 h. machiya queue list"
    ]


def test_waiting_problems_are_none_while_nothing_is_late() -> None:
    assert list(waiting_problems([waiting(59), waiting(999, name="hold")], NOW)) == []
