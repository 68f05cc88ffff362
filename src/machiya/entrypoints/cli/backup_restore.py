"""``machiya backup restore``: getting back files, folders, everything."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from machiya.backup.restore import Done, Restored, Selection, Step
from machiya.core.errors import InvalidInput
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import ask, console, exit_codes
from machiya.entrypoints.cli.backup_look import chosen, text_of
from machiya.entrypoints.cli.house import Json, Yes, opened
from machiya.entrypoints.cli.progress import shown

if TYPE_CHECKING:
    from machiya.bootstrap import DiskSnapshot, House
    from machiya.core.progress import Progress

_WORDS = {
    Step.MAKE: "restored",
    Step.SAME: "as it is there",
    Step.BESIDE: "restored beside another file",
    Step.REPLACE: "replaced",
    Step.BLOCKED: "not restored, something is in the way",
    Step.DAMAGED: "not restored, damaged in this snapshot",
}


def restore(
    context: typer.Context,
    snapshot: Annotated[str, typer.Argument(metavar="SNAPSHOT", help="daily/2026-11-29, or latest.")],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Files or folders in it; without one, everything.")
    ] = None,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", help="The folder to restore to (else ./restored-SNAPSHOT, made for it).")
    ] = None,
    beside: Annotated[
        bool, typer.Option("--beside", help="Where it was: what is missing comes back, what is there stays.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Where it was, over what is there; takes a snapshot of now first.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing, show exactly what would be done.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Restore from a snapshot; nothing is overwritten unless --replace is given. Exit code 10: not all came back."""
    if (to is not None) + beside + replace > 1:
        raise InvalidInput("--to, --beside and --replace exclude one another", hint="Give one of them.")
    house = opened(context)
    found = chosen(house, snapshot)
    done: list[Done] = []
    tell = done.append if as_json else _teller(dry_run=dry_run)
    with shown(quiet=as_json) as progress:
        if beside or replace:
            result = _to_origin(
                house, found, Selection.of(paths or ()), progress, tell, replace=replace, dry_run=dry_run, yes=yes
            )
        else:
            target = (to or Path(f"restored-{str(found.name).replace('/', '-')}")).absolute()
            _require_new(target, named=to is not None)
            result = house.backups.restores.to_folder(
                found, Selection.of(paths or ()), target, progress, tell, only_look=dry_run
            )
    _summary(result, done, dry_run=dry_run, as_json=as_json)
    if result.troubles:
        raise typer.Exit(exit_codes.ATTENTION)


def _to_origin(
    house: "House",
    found: "DiskSnapshot",
    selection: Selection,
    progress: "Progress",
    tell: Callable[[Done], None],
    *,
    replace: bool,
    dry_run: bool,
    yes: bool,
) -> Restored:
    restores = house.backups.restores
    restores.require_whole(found)
    if replace and not dry_run:
        ask.agreed(f"Replace what is in the house by {found.name}? A snapshot of now is taken first.", yes=yes)
        console.note(f"{restores.save_first(progress)} holds the house as it was before.")
    return restores.to_origin(found, selection, progress, tell, replace=replace, only_look=dry_run)


def _require_new(target: Path, *, named: bool) -> None:
    """A folder that was not named must not be there: two restores in one folder would be a puzzle."""
    if not named and target.exists():
        raise InvalidInput(f"{target} is there already", hint="Name a folder with --to.")


def _teller(*, dry_run: bool) -> Callable[[Done], None]:
    """A dry run tells everything, a restore what a person has to know."""
    told = {Step.BESIDE, Step.BLOCKED, Step.DAMAGED}

    def tell(done: Done) -> None:
        if dry_run and done.step is not Step.SAME:
            console.say(f"{done.step:<8} {text_of(done.name)}{f': {done.why}' if done.why else ''}")
        elif done.step in told:
            console.warn(f"{text_of(done.name)}: {done.why or _WORDS[done.step]}")

    return tell


def _notes(result: Restored) -> None:
    """What a person has to know beside the counts."""
    if result.left_out:
        console.note(
            f"{', '.join(result.left_out)}: not put back, for that mail would be sent or delivered a second time. "
            "Name them after the snapshot if you want that."
        )
    if result.lacking.count:
        first = ", ".join(map(text_of, result.lacking.first))
        more = ", …" if result.lacking.count > len(result.lacking.first) else ""
        console.warn(
            f"{result.lacking.count} came back without their owner or all of their attributes: {first}{more}. "
            "Only root can give them, on a disk that keeps them: run the command again as root with --replace, "
            "or to another folder."
        )


def _summary(result: Restored, done: list[Done], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        steps = [
            {"step": str(one.step), "path": text_of(one.entry.path), "name": text_of(one.name), "why": one.why}
            for one in done
        ]
        counts = {str(step): count for step, count in result.counts.items()}
        lacking = {"count": result.lacking.count, "first": [text_of(one) for one in result.lacking.first]}
        data = {"dry_run": dry_run, "bytes": result.size_bytes, "counts": counts, "steps": steps}
        console.show_json(data | {"lacking": lacking, "left_out": list(result.left_out)})
        return
    _notes(result)
    counts_text = ", ".join(f"{count} {_WORDS[step]}" for step, count in result.counts.items()) or "nothing to do"
    console.say(f"{'Would be: ' if dry_run else ''}{counts_text}; {format_size(result.size_bytes)}.")
