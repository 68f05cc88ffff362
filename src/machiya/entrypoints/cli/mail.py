"""``machiya mail``: read a mailbox in the terminal; nothing is changed, not even a flag."""

from typing import Annotated

import typer

from machiya.core.addresses import EmailAddress
from machiya.core.errors import NotFound
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import Json, opened

app = typer.Typer(no_args_is_help=True, help="Read a mailbox in the terminal.")

Address = Annotated[str, typer.Argument(help="The mailbox's address.")]


@app.command("list")
def list_messages(
    context: typer.Context,
    address: Address,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """List the newest messages of a mailbox, all folders."""
    from machiya.mail.reading import read_headers  # noqa: PLC0415 – only when asked

    house = opened(context)
    mailbox = _mailbox(context, address)
    messages = [(message, read_headers(message.headers)) for message in house.maildir_reader().list(mailbox, limit)]
    if as_json:
        console.show_json(
            [
                {
                    "key": message.key,
                    "folder": message.folder,
                    "flags": message.flags,
                    "received_at": message.received_at.isoformat(),
                    "size_bytes": message.size_bytes,
                    "from": headers.get("from", ""),
                    "subject": headers.get("subject", ""),
                }
                for message, headers in messages
            ]
        )
        return
    rows = [
        (
            f"{message.received_at.astimezone():%m-%d %H:%M}",
            headers.get("from", ""),
            headers.get("subject", "") or "(no subject)",
            message.folder,
            format_size(message.size_bytes),
            message.key,
        )
        for message, headers in messages
    ]
    console.show_table(("date", "from", "subject", "folder", "size", "key"), rows, empty=f"{mailbox} is empty.")


@app.command("show")
def show(
    context: typer.Context,
    address: Address,
    key: Annotated[str, typer.Argument(help="Key or delivery id, or the beginning of a key; empty: the newest.")] = "",
    raw: Annotated[bool, typer.Option("--raw", help="The stored bytes, unchanged.")] = False,
) -> None:
    """Show one message: decoded headers, text, names of attachments."""
    from machiya.mail.reading import read_message  # noqa: PLC0415 – only when asked

    reader, mailbox = opened(context).maildir_reader(), _mailbox(context, address)
    if not key:
        newest = reader.list(mailbox, 1)
        if not newest:
            raise NotFound(f"{mailbox} is empty", hint=f"machiya send-test {mailbox} sends it a message.")
        key = newest[0].key
    stored = reader.raw(mailbox, key)
    if raw:
        typer.get_binary_stream("stdout").write(stored)
        return
    message = read_message(stored)
    console.show_facts(message.headers)
    console.say()
    console.say(message.text)
    for name in message.attachments:
        console.note(f"attachment: {name}")


def _mailbox(context: typer.Context, address: str) -> EmailAddress:
    """The mailbox itself, or the only mailbox behind an alias.

    Raises:
        NotFound: nothing of that name, or an alias to several.
    """
    asked = EmailAddress.parse(address)
    mailboxes = opened(context).directory.resolve(asked).mailboxes
    if len(mailboxes) != 1:
        told = f"{asked} leads to {len(mailboxes)} mailboxes" if mailboxes else f"there is no mailbox {asked}"
        raise NotFound(told, hint="machiya mailbox list shows them.")
    return mailboxes[0]
