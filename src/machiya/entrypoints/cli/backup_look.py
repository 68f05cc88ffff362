"""``machiya backup browse|diff|verify|scrub``: looking into snapshots."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.backup.errors import SnapshotMissing
from machiya.backup.model import Entry, EntryType, SnapshotName
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import console, exit_codes
from machiya.entrypoints.cli.house import Json, opened
from machiya.entrypoints.cli.progress import shown

if TYPE_CHECKING:
    from machiya.backup.diff import Change
    from machiya.backup.verify import Verified
    from machiya.bootstrap import DiskSnapshot, House

LATEST = "latest"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LETTERS = {EntryType.DIRECTORY: "d", EntryType.SYMLINK: "l", EntryType.HARD_LINK: "h", EntryType.FILE: "-"}

One = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="daily/2026-11-29, weekly/2026-11-29, or latest.")]


def chosen(house: "House", text: str) -> "DiskSnapshot":
    """The snapshot a person means.

    Raises:
        InvalidInput: not a name.
        SnapshotMissing: there is none.
    """
    disk = house.backups.disk
    if text != LATEST:
        return disk.find(SnapshotName.parse(text))
    newest = disk.newest()
    if newest is None:
        raise SnapshotMissing("there is no snapshot yet", hint="machiya backup run takes one.")
    return newest


def browse(
    context: typer.Context,
    snapshot: One = LATEST,
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="A folder or file in it.")] = "",
    as_json: Json = False,
) -> None:
    """List what is in a folder of a snapshot."""
    found = chosen(opened(context), snapshot)
    wanted = path.strip("/").encode("utf-8", "surrogateescape")
    entries = list(_listed(found, wanted))
    if as_json:
        console.show_json([entry_data(one) for one in entries])
        return
    rows = [
        (_mode(one), f"{one.uid}:{one.gid}", format_size(one.size), moment(one), _name(one, wanted)) for one in entries
    ]
    console.show_table(("mode", "owner", "size", "changed", "name"), rows, empty="The folder is empty.")


def diff(
    context: typer.Context,
    before: One = LATEST,
    after: Annotated[
        str, typer.Argument(metavar="[SNAPSHOT]", help="A later one; without it, the house as it is now.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show what differs between two snapshots, or a snapshot and the house; exit code 10 if something does."""
    house = opened(context)
    first = chosen(house, before)
    changes = house.backups.differences(first, chosen(house, after) if after else None)
    found = [_told(change, as_json=as_json) for change in changes]
    if as_json:
        console.show_json(found)
    elif not found:
        console.say("Nothing differs.")
    if found:
        raise typer.Exit(exit_codes.ATTENTION)


def verify(context: typer.Context, snapshot: One = LATEST, as_json: Json = False) -> None:
    """Read a snapshot back and compare every byte with its manifest; exit code 10 if something is wrong."""
    house = opened(context)
    _verified(house, [chosen(house, snapshot)], as_json=as_json)


def scrub(context: typer.Context, as_json: Json = False) -> None:
    """Verify all snapshots; a file that several of them share is read once."""
    house = opened(context)
    _verified(house, list(house.backups.disk.snapshots()), as_json=as_json)


def _verified(house: "House", snapshots: "list[DiskSnapshot]", *, as_json: bool) -> None:
    with shown(quiet=as_json) as progress:
        found = house.backups.verify(snapshots, progress)
    if as_json:
        console.show_json(_verified_data(found))
    elif found.good:
        read = format_size(found.read_bytes)
        console.say(
            f"{len(snapshots)} snapshot(s), {found.entries} entries, {read} read: every byte is as it was saved."
        )
    else:
        console.warn(f"{len(found.problems)} of {found.entries} entries are not as they were saved; see above.")
        console.note(
            "Another snapshot may have them whole. What the house still has is saved anew on another disk (--new-disk)."
        )
    if not found.good:
        raise typer.Exit(exit_codes.ATTENTION)


def _verified_data(found: "Verified") -> dict[str, Any]:
    problems = [{"snapshot": str(one.snapshot), "path": text_of(one.path), "what": one.what} for one in found.problems]
    return {"good": found.good, "entries": found.entries, "read_bytes": found.read_bytes, "problems": problems}


def _listed(snapshot: "DiskSnapshot", wanted: bytes) -> Iterator[Entry]:
    """What lies directly in a folder, or the file itself."""
    met = not wanted
    for entry in snapshot.entries():
        met = met or entry.path == wanted
        if entry.path.rpartition(b"/")[0] == wanted or (entry.path == wanted and entry.type is not EntryType.DIRECTORY):
            yield entry
    if not met:
        raise SnapshotMissing(
            f"{snapshot.name} has no {text_of(wanted)}",
            hint=f"machiya backup browse {snapshot.name} shows what it has.",
        )


def entry_data(entry: Entry) -> dict[str, Any]:
    """One entry for a script."""
    return {
        "path": text_of(entry.path),
        "type": str(entry.type),
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "changed_at": moment(entry),
        "size_bytes": entry.size,
        "sha256": entry.sha256,
        "link": text_of(entry.link),
    }


def _told(change: "Change", *, as_json: bool) -> dict[str, Any]:
    before = text_of(change.before.path) if change.before is not None else ""
    if not as_json:
        moved = f"  (was {before.rpartition('/')[2]})" if change.kind == "renamed" else ""
        console.say(f"{change.kind:<8} {text_of(change.path)}{moved}")
    return {"kind": str(change.kind), "path": text_of(change.path), "before": before}


def text_of(path: bytes) -> str:
    """A path for people; what is no UTF-8 as escapes."""
    return path.decode("utf-8", "backslashreplace")


def moment(entry: Entry) -> str:
    """When it was changed; years that no calendar has are counted in seconds."""
    try:
        return f"{datetime.fromtimestamp(entry.mtime_ns // 10**9, tz=UTC).astimezone():%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return f"{entry.mtime_ns // 10**9} s"


def _mode(entry: Entry) -> str:
    return _LETTERS[entry.type] + stat.filemode(entry.mode)[1:]


def _name(entry: Entry, folder: bytes) -> str:
    name = text_of(entry.path[len(folder) + 1 :] if folder and entry.path != folder else entry.path)
    arrow = {EntryType.SYMLINK: " -> ", EntryType.HARD_LINK: " = "}.get(entry.type)
    return name + ("/" if entry.type is EntryType.DIRECTORY else "") + (arrow + text_of(entry.link) if arrow else "")
