"""``machiya backup``: snapshots of the house on a second disk."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.backup.model import Rota, SnapshotName
from machiya.core.errors import MachiyaError, Refused
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import ask, backup_look, backup_mail, backup_restore, console, exit_codes
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, Yes, opened
from machiya.entrypoints.cli.progress import shown
from machiya.entrypoints.cli.restore_database import restore_database_from

if TYPE_CHECKING:
    from machiya.backup.run import Taken
    from machiya.bootstrap import DiskSnapshot, House

app = typer.Typer(no_args_is_help=True, help="Snapshots of the house on a second disk, and how to get them back.")

One = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="daily/2026-11-29, weekly/2026-11-29, or latest.")]


@app.command("run")
def run(
    context: typer.Context,
    weekly: Annotated[bool, typer.Option("--weekly", help="One of the weekly row instead of the daily.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Replace the one that was taken today already.")] = False,
    new_disk: Annotated[bool, typer.Option("--new-disk", help="The backup disk is a new one, begin there.")] = False,
    accept_empty: Annotated[
        bool, typer.Option("--accept-empty", help="A folder that is empty now and was not is meant to be.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take today's snapshot; exit code 10 if something could not be saved as it should be."""
    house = opened(context)
    rota = Rota.WEEKLY if weekly else Rota.DAILY
    with shown(quiet=as_json) as progress:
        taken = house.backups.take(rota, progress, again=again, new_disk=new_disk, accept_empty=accept_empty)
    if as_json:
        console.show_json(_taken_data(taken))
    else:
        _tell(taken)
    if taken.notes or taken.totals.lost:
        raise typer.Exit(exit_codes.ATTENTION)


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the snapshots, newest first."""
    disk = opened(context).backups.disk
    snapshots, ahead = disk.snapshots(), {one.name for one in disk.ahead()}
    if as_json:
        console.show_json([_data(one) | {"ahead": one.name in ahead} for one in snapshots])
        return
    headings = ("snapshot", "taken at", "entries", "size", "new in it")
    console.show_table(headings, map(_row, snapshots), empty="There is no snapshot yet: machiya backup run.")
    for name in sorted(ahead):
        console.warn(
            f"{name} was taken later than now, by a clock that was ahead: it never counts as the newest. "
            f"If the clock is right now: machiya backup forget {name}"
        )


@app.command("show")
def show(context: typer.Context, snapshot: One = "latest", as_json: Json = False) -> None:
    """Show one snapshot: what is in it, and what was left out and why."""
    found = backup_look.chosen(opened(context), snapshot)
    if as_json:
        console.show_json(_data(found) | {"omitted": [[one.pattern, *one.reason] for one in found.header.omitted]})
        return
    _, taken_at, entries, size, new = _row(found)
    facts = [("snapshot", str(found.name)), ("folder", str(found.folder)), ("house", found.header.house)]
    facts += [("taken at", taken_at), ("entries", entries), ("size", f"{size}, of which {new} were new")]
    if found.totals.lost:
        facts.append(("not saved", f"{found.totals.lost} files or folders that could not be read"))
    facts += [("source", one) for one in found.header.sources]
    facts += [("left out", f"{one.pattern}: {one.reason[0]}") for one in found.header.omitted]
    console.show_facts(facts)


@app.command("forget")
def forget(context: typer.Context, snapshot: One, yes: Yes = False) -> None:
    """Delete one snapshot for good; the last good one stays."""
    house = opened(context)
    name = SnapshotName.parse(snapshot)
    house.backups.disk.find(name)
    house.backups.require_not_last(name)
    _confirm(name, yes=yes)
    _record(house, "backup.forget", name)
    house.backups.forget(name)
    console.say(f"{name} is deleted.")


def _confirm(name: SnapshotName, *, yes: bool) -> None:
    """A name that is typed is not typed by accident."""
    if yes:
        return
    if not ask.somebody_is_there():
        raise Refused(f"Delete {name} for good? Nobody is here to answer.", hint="Run it again with --yes.")
    if ask.question(f"Delete {name} for good. Type its name", "", flag="--yes") != str(name):
        raise Refused("not confirmed, nothing was deleted", hint="Type the name of the snapshot, or give --yes.")


def _record(house: "House", action: str, name: SnapshotName) -> None:
    """In the audit log, where there is a database; a house that is being rescued may have none."""
    try:
        house.access.audit.record(note(action, name))
    except MachiyaError as error:
        console.warn(f"not in the audit log: {error.message}")


def _tell(taken: "Taken") -> None:
    if not taken.made:
        console.say(f"{taken.name} is there already; --again replaces it.")
        if taken.totals.lost:
            console.warn(f"{taken.totals.lost} files or folders could not be saved in it.")
        return
    new = format_size(taken.totals.new_bytes)
    console.say(
        f"{taken.name} is finished: {taken.totals.entries} entries, {format_size(taken.totals.size_bytes)}, {new} new."
    )
    if taken.pruned:
        console.say(f"Deleted, older than what is kept: {', '.join(map(str, taken.pruned))}.")
    if taken.notes:
        console.warn(f"{len(taken.notes)} files are not saved as they should be; see above.")


def _taken_data(taken: "Taken") -> dict[str, Any]:
    return {
        "snapshot": str(taken.name),
        "made": taken.made,
        "entries": taken.totals.entries,
        "size_bytes": taken.totals.size_bytes,
        "new_bytes": taken.totals.new_bytes,
        "lost": taken.totals.lost,
        "notes": [str(one) for one in taken.notes],
        "pruned": [str(one) for one in taken.pruned],
    }


def _row(snapshot: "DiskSnapshot") -> tuple[str, str, str, str, str]:
    try:
        header, totals = snapshot.header, snapshot.totals
    except MachiyaError as error:
        return str(snapshot.name), f"damaged: {error.message}", "", "", ""
    return (
        str(snapshot.name),
        f"{header.taken_at.astimezone():%Y-%m-%d %H:%M}",
        str(totals.entries),
        format_size(totals.size_bytes),
        format_size(totals.new_bytes),
    )


def _data(snapshot: "DiskSnapshot") -> dict[str, Any]:
    base = {"snapshot": str(snapshot.name), "folder": str(snapshot.folder)}
    try:
        header, totals = snapshot.header, snapshot.totals
    except MachiyaError as error:
        return base | {"damaged": error.message}
    return base | {
        "taken_at": header.taken_at.isoformat(),
        "house": header.house,
        "sources": list(header.sources),
        "entries": totals.entries,
        "size_bytes": totals.size_bytes,
        "new_bytes": totals.new_bytes,
        "lost": totals.lost,
    }


app.command("browse")(backup_look.browse)
app.command("diff")(backup_look.diff)
app.command("verify")(backup_look.verify)
app.command("scrub")(backup_look.scrub)
app.command("restore")(backup_restore.restore)
app.command("find")(backup_mail.find)
app.command("restore-mail")(backup_mail.restore_mail)
app.command("restore-database")(restore_database_from(backup_look.chosen))
