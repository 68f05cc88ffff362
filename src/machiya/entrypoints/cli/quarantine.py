"""``machiya quarantine``: what the scanner set aside, and what to do with it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import InvalidInput
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import ask, console, exit_codes
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, Yes, opened
from machiya.entrypoints.quarantine_desk import newer_mailboxes, with_quarantine

if TYPE_CHECKING:
    from datetime import datetime

    from machiya.bootstrap import House
    from machiya.mail.model import Quarantined

app = typer.Typer(no_args_is_help=True, help="What the scanner set aside: viruses and the worst spam.")

Which = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Delivery ids, or their first characters.")]
One = Annotated[str, typer.Argument(metavar="ID", help="A delivery id, or its first characters.")]
All = Annotated[bool, typer.Option("--all", help="Every message in the quarantine.")]


@app.command("list")
def list_items(context: typer.Context, as_json: Json = False) -> None:
    """List what is in the quarantine, newest first: until when it is kept, and the reasons."""
    house = opened(context)
    items = house.scanning.book().items()
    if as_json:
        console.show_json([_data(house, item) for item in items])
        return
    rows = [
        (
            item.delivery_id,
            f"{item.quarantined_at.astimezone():%m-%d %H:%M}",
            f"{until.astimezone():%Y-%m-%d}" if (until := _kept_until(house, item)) else "deleted by hand",
            item.sender or "<>",
            ", ".join(map(str, item.mailboxes)),
            format_size(item.size_bytes),
            "; ".join(item.reasons),
        )
        for item in items
    ]
    headings = ("id", "since", "kept until", "from", "for", "size", "reasons")
    console.show_table(headings, rows, empty="The quarantine is empty.")


@app.command("show")
def show(
    context: typer.Context,
    which: One,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as the sender sent them. Take care.")] = False,
    as_json: Json = False,
) -> None:
    """Show one message of the quarantine: envelope, reasons, and its own header lines; never its content."""
    from machiya.mail.headers import header_section  # noqa: PLC0415 – only when asked

    house = opened(context)
    item = _find(house, which)
    if as_json:
        console.show_json(_data(house, item))
        return
    content = with_quarantine(house, lambda quarantine: quarantine.content(item))
    if raw:
        typer.get_binary_stream("stdout").write(content)
        return
    console.show_facts([(name.replace("_", " "), _text(value)) for name, value in _data(house, item).items()])
    console.say()
    for line in header_section(content).decode("utf-8", "replace").splitlines():
        console.say("".join(character if character.isprintable() else " " for character in line))


@app.command("release")
def release(context: typer.Context, ids: Which = None, everything: All = False) -> None:
    """Deliver messages of the quarantine, unchanged, to the mailboxes they were for."""
    house = opened(context)
    with house.lock("quarantine"):
        items = _chosen(house, ids, everything=everything)
        taken = [_release(house, item) for item in items]
    if not all(taken):
        raise typer.Exit(exit_codes.ATTENTION)


@app.command("delete")
def delete(context: typer.Context, ids: Which = None, everything: All = False, yes: Yes = False) -> None:
    """Delete messages of the quarantine for good."""
    house = opened(context)
    with house.lock("quarantine"):
        items = _chosen(house, ids, everything=everything)
        for item in items:
            console.say(f"{item.delivery_id}  {item.sender or '<>'} -> {item.recipient}  ({'; '.join(item.reasons)})")
        if items:
            ask.agreed(f"Delete {len(items)} message(s) for good? Nobody can get them back.", yes=yes)
        for item in items:
            _delete(house, item)


def _release(house: "House", item: "Quarantined") -> bool:
    """Whether every mailbox has it now."""
    from machiya.mail.model import StoreStatus  # noqa: PLC0415 – only when asked

    if newer := newer_mailboxes(house, item):
        named = ", ".join(address.unicode for address in newer)
        console.warn(f"{item.delivery_id}: made only after this message came, perhaps for somebody else: {named}")
    _record(house, "quarantine.release", item)
    outcomes = with_quarantine(house, lambda quarantine: quarantine.release(item))
    for mailbox, outcome in outcomes.items():
        tell = console.say if outcome.status is StoreStatus.STORED else console.warn
        tell(f"{item.delivery_id}: {mailbox}: {outcome.status}, {outcome.detail}")
    return all(outcome.status is StoreStatus.STORED for outcome in outcomes.values())


def _delete(house: "House", item: "Quarantined") -> None:
    _record(house, "quarantine.delete", item)
    reached = with_quarantine(house, lambda quarantine: quarantine.delete(item))
    for mailbox in reached:
        console.warn(f"{item.delivery_id}: {mailbox} has it: a release reached it before it was cut off.")
    others = set(item.mailboxes) - set(reached)
    console.say(f"{item.delivery_id}: {'deleted' if others else 'nothing was left to delete'}.")


def _record(house: "House", action: str, item: "Quarantined") -> None:
    """Before the act: what cannot be recorded is not done."""
    house.access.audit.record(
        note(action, item.delivery_id, mailboxes=", ".join(map(str, item.mailboxes)), sender=item.sender)
    )


def _chosen(house: "House", ids: list[str] | None, *, everything: bool) -> "list[Quarantined]":
    if bool(ids) == everything:
        raise InvalidInput("name messages or say --all", hint="machiya quarantine list shows the ids.")
    if not everything:
        named = [_find(house, prefix) for prefix in ids or []]
        return list({item.delivery_id: item for item in named}.values())
    items = list(house.scanning.book().items())
    if not items:
        console.note("The quarantine is empty.")
    return items


def _find(house: "House", prefix: str) -> "Quarantined":
    from machiya.mail.quarantine import find_quarantined  # noqa: PLC0415 – only when asked

    return find_quarantined(house.scanning.book(), prefix)


def _kept_until(house: "House", item: "Quarantined") -> "datetime | None":
    from machiya.mail.retention import kept_until  # noqa: PLC0415 – only when asked

    return kept_until(item, house.settings.scanner.quarantine_days)


def _data(house: "House", item: "Quarantined") -> dict[str, Any]:
    until = _kept_until(house, item)
    return {
        "delivery_id": item.delivery_id,
        "quarantined_at": item.quarantined_at.isoformat(),
        "kept_until": until.isoformat() if until else None,
        "from": item.sender,
        "to": item.recipient,
        "mailboxes": [str(mailbox) for mailbox in item.mailboxes],
        "reasons": list(item.reasons),
        "size_bytes": item.size_bytes,
        "header_from": item.header_from,
        "subject": item.subject,
    }


def _text(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
