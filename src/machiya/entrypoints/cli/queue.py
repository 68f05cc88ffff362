"""``machiya queue``: what waits to leave the house, and what to do with it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import InvalidInput
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.house import Json, Yes, opened

if TYPE_CHECKING:
    from machiya.mail.outgoing_ports import MailQueue, QueuedMessage, QueuedRecipient

app = typer.Typer(no_args_is_help=True, help="Mail that waits to leave the house.")

QueueId = Annotated[str, typer.Argument(help="The id of a message in the queue.")]


@app.command("list")
def list_queue(context: typer.Context, as_json: Json = False) -> None:
    """List what waits in the queue, and why."""
    messages = opened(context).mail_queue().list()
    if as_json:
        console.show_json([_as_data(message) for message in messages])
        return
    rows = [
        (
            message.queue_id,
            message.queue_name,
            f"{message.arrived_at.astimezone():%m-%d %H:%M}",
            message.sender or "<>",
            _to(message),
            format_size(message.size_bytes),
            _reason(message),
        )
        for message in messages
    ]
    headings = ("id", "queue", "since", "from", "to", "size", "reason")
    console.show_table(headings, rows, empty="Nothing waits to leave the house.")


@app.command("show")
def show(context: typer.Context, queue_id: QueueId, as_json: Json = False) -> None:
    """Show one message of the queue: envelope, reasons, headers."""
    queue = opened(context).mail_queue()
    message, headers = _find(queue, queue_id), dict(queue.headers(queue_id))
    if as_json:
        console.show_json({**_as_data(message), "headers": headers})
        return
    facts = [("id", message.queue_id), ("queue", message.queue_name), ("from", message.sender or "<>")]
    facts += [("to", _told(recipient)) for recipient in message.recipients]
    facts += [(name, headers[name]) for name in ("date", "subject", "message-id") if name in headers]
    console.show_facts(facts)


@app.command("retry")
def retry(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of messages in the queue.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every message in the queue.")] = False,
) -> None:
    """Try messages again at once."""
    if bool(ids) == everything:
        raise InvalidInput("name messages or say --all", hint="machiya queue list shows the ids.")
    opened(context).mail_queue().retry(None if everything else ids)


@app.command("hold")
def hold(context: typer.Context, queue_id: QueueId) -> None:
    """Keep a message in the queue and try no more until it is released."""
    opened(context).mail_queue().hold(queue_id)


@app.command("release")
def release(context: typer.Context, queue_id: QueueId) -> None:
    """Let a held message go on."""
    opened(context).mail_queue().release(queue_id)


@app.command("delete")
def delete(context: typer.Context, queue_id: QueueId, yes: Yes = False) -> None:
    """Delete a message from the queue for good; its sender is not told."""
    queue = opened(context).mail_queue()
    message = _find(queue, queue_id)
    console.say(f"{message.queue_id}  {message.sender or '<>'} -> {_to(message)}")
    ask.agreed("Delete this message for good? It is not sent, and its sender is not told.", yes=yes)
    queue.delete(queue_id)


def _find(queue: "MailQueue", queue_id: str) -> "QueuedMessage":
    from machiya.mail.outgoing_ports import NotInQueue  # noqa: PLC0415 – only when asked

    found = next((message for message in queue.list() if message.queue_id == queue_id), None)
    if found is None:
        raise NotInQueue(f"{queue_id} is not in the queue", hint="It may have gone out: machiya trace tells.")
    return found


def _told(recipient: "QueuedRecipient") -> str:
    return recipient.address + (f": {recipient.delay_reason}" if recipient.delay_reason else "")


def _to(message: "QueuedMessage") -> str:
    return ", ".join(recipient.address for recipient in message.recipients)


def _reason(message: "QueuedMessage") -> str:
    reasons = dict.fromkeys(recipient.delay_reason for recipient in message.recipients if recipient.delay_reason)
    return "; ".join(reasons)


def _as_data(message: "QueuedMessage") -> dict[str, Any]:
    return {
        "queue_id": message.queue_id,
        "queue": message.queue_name,
        "arrived_at": message.arrived_at.isoformat(),
        "size_bytes": message.size_bytes,
        "from": message.sender,
        "recipients": [{"to": one.address, "reason": one.delay_reason} for one in message.recipients],
    }
