"""``machiya backup find|restore-mail``: single messages, folders and mailboxes out of snapshots."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.backup.mail.model import Found, Query
from machiya.backup.mail.restore import Outcome, Plan, Step
from machiya.backup.mail.selection import Wanted
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput, MachiyaError
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import console, exit_codes
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.backup_look import LATEST, chosen
from machiya.entrypoints.cli.house import Json, opened
from machiya.entrypoints.cli.progress import shown

if TYPE_CHECKING:
    from machiya.bootstrap import House

# ruff: noqa: PLC0415 – bootstrap is imported where a house is opened: --help needs none of it

ALL = "all"
_WORDS = {
    Outcome.RESTORE: "restored",
    Outcome.THERE: "there already",
    Outcome.DAMAGED: "not restored, damaged in this snapshot",
}


def find(
    context: typer.Context,
    snapshot: Annotated[
        str, typer.Argument(metavar="SNAPSHOT", help="daily/2026-11-29, latest, or all: each message once, the newest.")
    ] = LATEST,
    *,
    mailbox: Annotated[str, typer.Option("--mailbox", help="Only this mailbox: taro@example.jp.")] = "",
    sender: Annotated[str, typer.Option("--from", help="A part of the sender's name or address.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="A part of the subject.")] = "",
    since: Annotated[str, typer.Option("--since", help="Received on this day or later: 2026-11-29.")] = "",
    until: Annotated[str, typer.Option("--until", help="Received on this day or before.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 100,
    as_json: Json = False,
) -> None:
    """Find messages in snapshots by sender, subject and date."""
    from machiya.bootstrap.backup_mail import MailBackups, home_name

    house = opened(context)
    last = _day(until)
    query = Query(
        home_name(EmailAddress.parse(mailbox)) if mailbox else b"",
        sender,
        subject,
        _midnight(_day(since)),
        _midnight(last + timedelta(days=1) if last is not None else None),
    )
    snapshots = house.backups.disk.snapshots() if snapshot == ALL else (chosen(house, snapshot),)
    counted = _Counted(MailBackups(house).find(snapshots, query))
    newest = heapq.nlargest(limit, counted, key=lambda one: (one.message.mtime_ns, one.message.path))
    if as_json:
        console.show_json([_found_data(one) for one in newest])
    else:
        headings = ("snapshot", "mailbox", "folder", "received", "from", "subject", "id")
        console.show_table(headings, map(_row, newest), empty="No message fits.")
        if counted.number > limit:
            console.note(f"{counted.number} messages fit, the newest {limit} are shown: --limit shows more.")
    if counted.unreadable:
        console.warn(f"{counted.unreadable} of them cannot be read from the backup disk: machiya backup verify.")


def restore_mail(
    context: typer.Context,
    mailbox: Annotated[str, typer.Argument(metavar="ADDRESS", help="The mailbox: taro@example.jp.")],
    snapshot: Annotated[str, typer.Argument(metavar="SNAPSHOT", help="daily/2026-11-29, or latest.")] = LATEST,
    *,
    message: Annotated[
        list[str] | None, typer.Option("--message", help="This message (its id, or the beginning of it); repeatable.")
    ] = None,
    folder: Annotated[str, typer.Option("--folder", help="This folder and those below it: Work/2026.")] = "",
    into: Annotated[str, typer.Option("--into", help="The folder to restore to (else Restored DATE/…).")] = "",
    beside: Annotated[
        bool, typer.Option("--beside", help="Into the folders they were in, beside what is there now.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing, show exactly what would be done.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring back a mailbox, a folder or messages; what the mailbox still has stays. Exit code 10: not all came back."""
    from machiya.bootstrap.backup_mail import MailBackups, folder_name

    if into and beside:
        raise InvalidInput("--into and --beside exclude one another", hint="Give one of them.")
    house, address = opened(context), EmailAddress.parse(mailbox)
    found, restores = chosen(house, snapshot), MailBackups(house)
    wanted = Wanted(tuple(message or ()), folder_name(folder) if folder else None)
    with house.lock("backup"):
        planned = restores.plan(found, address, wanted, into=folder_name(into) if into else None, beside=beside)
        with shown(quiet=as_json) as progress:
            steps = list(restores.carry_out(planned, found, address, progress, only_look=dry_run))
    if not dry_run:
        _record(house, address, str(found.name), steps)
    _tell(planned, steps, dry_run=dry_run, as_json=as_json)
    if any(step.outcome is Outcome.DAMAGED for step in steps):
        raise typer.Exit(exit_codes.ATTENTION)


class _Counted:
    """Counts what passes by."""

    def __init__(self, found: Iterable[Found]) -> None:
        self._found, self.number, self.unreadable = found, 0, 0

    def __iter__(self) -> Iterator[Found]:
        for one in self._found:
            self.number += 1
            self.unreadable += not one.readable
            yield one


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(f"not a day: {text!r}", hint="Write it like 2026-11-29.") from error


def _midnight(day: date | None) -> datetime | None:
    """When it begins here."""
    return datetime(day.year, day.month, day.day).astimezone() if day is not None else None


def _row(found: Found) -> tuple[str, ...]:
    data = _found_data(found)
    received = f"{found.message.stored_at.astimezone():%Y-%m-%d %H:%M}"
    subject = data["subject"] or "(no subject)" if found.readable else "(cannot be read)"
    return (data["snapshot"], data["mailbox"], data["folder"], received, data["from"], subject, data["id"])


def _found_data(found: Found) -> dict[str, Any]:
    from machiya.bootstrap.backup_mail import address_text, folder_text

    message = found.message
    return {
        "snapshot": str(message.snapshot),
        "mailbox": address_text(message.home),
        "folder": folder_text(message.folder),
        "received_at": message.stored_at.isoformat(),
        "from": found.letterhead.sender,
        "subject": found.letterhead.subject,
        "id": message.id,
        "sha256": message.sha256,
        "size_bytes": message.size,
        "flags": message.letters,
        "readable": found.readable,
    }


def _tell(planned: Plan, steps: list[Step], *, dry_run: bool, as_json: bool) -> None:
    from machiya.bootstrap.backup_mail import folder_text

    if as_json:
        folders = [folder_text(folder) for folder in planned.new_folders]
        console.show_json({"dry_run": dry_run, "new_folders": folders, "messages": [_step_data(one) for one in steps]})
        return
    for folder in planned.new_folders:
        console.say(f"{'would make' if dry_run else 'made'} the folder {folder_text(folder)}")
    for step in steps:
        if dry_run or step.outcome is Outcome.DAMAGED:
            console.say(f"{step.outcome:<8} {step.message.id}  {_from_to(step)}")
        for keyword in step.lost:
            console.warn(f"{step.message.id} has not the keyword {keyword} in {folder_text(step.folder)}")
    counts = [(words, sum(step.outcome is outcome for step in steps)) for outcome, words in _WORDS.items()]
    told = ", ".join(f"{number} {words}" for words, number in counts if number)
    size = sum(step.message.size for step in steps if step.outcome is Outcome.RESTORE)
    console.say(f"{'Would be: ' if dry_run else ''}{told}; {format_size(size)}.")


def _from_to(step: Step) -> str:
    from machiya.bootstrap.backup_mail import folder_text

    was, now = folder_text(step.message.folder), folder_text(step.folder)
    if step.outcome is Outcome.THERE:
        return f"{was}, is in {now}"
    return f"{was} -> {now}" if step.outcome is Outcome.RESTORE else f"{was}, damaged in this snapshot"


def _step_data(step: Step) -> dict[str, Any]:
    from machiya.bootstrap.backup_mail import folder_text

    return {
        "step": str(step.outcome),
        "id": step.message.id,
        "from_folder": folder_text(step.message.folder),
        "folder": folder_text(step.folder),
        "flags": step.letters,
        "lost_keywords": list(step.lost),
        "size_bytes": step.message.size,
    }


def _record(house: "House", address: EmailAddress, snapshot: str, steps: list[Step]) -> None:
    """In the audit log, where there is a database."""
    number = sum(step.outcome is Outcome.RESTORE for step in steps)
    try:
        house.access.audit.record(note("backup.restore_mail", address, snapshot=snapshot, messages=number))
    except MachiyaError as error:
        console.warn(f"not in the audit log: {error.message}")
