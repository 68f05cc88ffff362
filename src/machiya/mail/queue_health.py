"""How the queue of outgoing mail is, for a person: how much waits, and what has waited too long and why."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from machiya.mail.outgoing_ports import QueuedMessage

TOO_LONG = timedelta(hours=1)
_HELD = "hold"


def waiting_words(messages: Sequence[QueuedMessage]) -> str:
    """``nothing waits``, or ``3 wait, 1 on hold``."""
    held = sum(message.queue_name == _HELD for message in messages)
    waiting = len(messages) - held
    words = [f"{waiting} wait{'s' if waiting == 1 else ''}"] if waiting else []
    words += [f"{held} on hold"] if held else []
    return ", ".join(words) or "nothing waits"


def waiting_problems(messages: Sequence[QueuedMessage], now: datetime) -> Iterator[str]:
    """One sentence if anything has waited for more than an hour, with the reason most of it gives."""
    late = [one for one in messages if one.queue_name != _HELD and now - one.arrived_at > TOO_LONG]
    if not late:
        return
    reasons = Counter(to.delay_reason for message in late for to in message.recipients if to.delay_reason)
    why = f": {reasons.most_common(1)[0][0]}" if reasons else ""
    hours = (now - min(message.arrived_at for message in late)).total_seconds() / 3600
    many = f"{len(late)} messages have" if len(late) > 1 else "1 message has"
    yield f"{many} waited to leave the house for up to {hours:.0f} h{why}. machiya queue list"
