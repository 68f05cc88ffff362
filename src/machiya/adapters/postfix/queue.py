"""Postfix's queue by its own programs, run where Postfix runs.

Source: https://www.postfix.org/postqueue.1.html (``-j``: a JSON object a line), https://www.postfix.org/postsuper.1.html
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from machiya.core.commands import Finished
from machiya.core.errors import InvalidInput
from machiya.mail.outgoing_ports import NotInQueue, QueuedMessage, QueuedRecipient, QueueUnavailable
from machiya.mail.reading import read_headers

_QUEUE_ID = re.compile(r"[0-9A-Za-z]{10,32}")
_GONE = re.compile(r"No such file|message not found|not found in queue", re.IGNORECASE)


Run = Callable[[Sequence[str]], Finished]


class PostfixQueue:
    """``MailQueue``; ``run`` runs an argument list in Postfix's container."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def list(self) -> tuple[QueuedMessage, ...]:
        """Every message, oldest first."""
        out = self._ask(("postqueue", "-j"))
        return tuple(sorted(_messages(out), key=lambda message: (message.arrived_at, message.queue_id)))

    def headers(self, queue_id: str) -> Mapping[str, str]:
        """The header fields of one message, decoded, lower-case names."""
        return read_headers(self._ask(("postcat", "-h", "-q", _checked(queue_id)), queue_id).encode("utf-8", "replace"))

    def retry(self, queue_ids: Sequence[str] | None) -> None:
        """Try these (None: all) again at once."""
        if queue_ids is None:
            self._ask(("postqueue", "-f"))
        for queue_id in queue_ids or ():
            self._require(queue_id)
            self._ask(("postqueue", "-i", _checked(queue_id)), queue_id)

    def hold(self, queue_id: str) -> None:
        """Keep it and try no more until it is released."""
        self._change("-h", queue_id)

    def release(self, queue_id: str) -> None:
        """Try a held one again."""
        self._change("-H", queue_id)

    def delete(self, queue_id: str) -> None:
        """Forget it for good; nobody is told."""
        self._change("-d", queue_id)

    def _change(self, option: str, queue_id: str) -> None:
        """``postsuper`` says nothing of an id it does not know, so that it is asked before."""
        self._require(queue_id)
        self._ask(("postsuper", option, _checked(queue_id)), queue_id)

    def _require(self, queue_id: str) -> None:
        if all(message.queue_id != queue_id for message in self.list()):
            raise _missing(queue_id)

    def _ask(self, argv: Sequence[str], queue_id: str = "") -> str:
        ended = self._run(argv)
        if ended.good:
            return ended.out
        if queue_id and _GONE.search(ended.err.strip() or ended.out):
            raise _missing(queue_id)
        why = ended.last_words() or f"exit code {ended.code}"
        raise QueueUnavailable(f"{argv[0]} failed: {why}", hint="Is Postfix up? machiya status tells.")


def _checked(queue_id: str) -> str:
    """Nothing that a program could take for an option or for ALL."""
    if not _QUEUE_ID.fullmatch(queue_id):
        raise InvalidInput(f"not a queue id: {queue_id!r}", hint="machiya queue list shows them.")
    return queue_id


def _missing(queue_id: str) -> NotInQueue:
    return NotInQueue(f"{queue_id} is not in the queue", hint="It may have gone out: machiya trace tells.")


def _messages(out: str) -> Iterator[QueuedMessage]:
    for line in out.splitlines():
        if not line.strip():
            continue
        try:
            yield _message(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise QueueUnavailable("postqueue's answer cannot be read", hint="Look at Postfix's log.") from error


def _message(entry: dict[str, Any]) -> QueuedMessage:
    recipients = (QueuedRecipient(one["address"], one.get("delay_reason", "")) for one in entry["recipients"])
    return QueuedMessage(
        queue_id=entry["queue_id"],
        queue_name=entry["queue_name"],
        arrived_at=datetime.fromtimestamp(entry["arrival_time"], tz=UTC),
        size_bytes=entry["message_size"],
        sender="" if entry["sender"] == "MAILER-DAEMON" else entry["sender"],
        recipients=tuple(recipients),
    )
