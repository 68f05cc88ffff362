"""``machiya backup restore-database``: a database from a snapshot, beside the present one or in its place."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, Yes, opened
from machiya.entrypoints.cli.progress import shown

if TYPE_CHECKING:
    from machiya.backup.databases import DatabasePlan, DatabaseRestored
    from machiya.backup.ports import Snapshot
    from machiya.bootstrap import House

FindSnapshot = Callable[["House", str], "Snapshot"]

Which = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="daily/2026-11-29, or latest.")]
Database = Annotated[str, typer.Argument(metavar="DATABASE", help="As it was named when the snapshot was taken.")]
As = Annotated[str, typer.Option("--as", metavar="NAME", help="The name of the database to make.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Put it in the place of the present one, which is kept aside.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read the whole dump and say what would be done.")]


def restore_database_from(find: FindSnapshot) -> Callable[..., None]:
    """The command; ``find`` gives the snapshot that a person means."""

    def restore_database(
        context: typer.Context,
        snapshot: Which,
        database: Database,
        as_name: As = "",
        replace: Replace = False,
        dry_run: DryRun = False,
        yes: Yes = False,
        as_json: Json = False,
    ) -> None:
        """Bring a database back from a snapshot: beside the present one, unless --replace says otherwise.

        The dump is read to its end before anything is changed; what was loaded is counted and compared with it.
        """
        house = opened(context)
        restorer = house.database_restorer()
        with house.lock("backup"):
            found = find(house, snapshot)
            plan = restorer.plan(found, database, name=as_name, replace=replace)
            if dry_run:
                _show_plan(plan, as_json=as_json)
                return
            if plan.replaces:
                ask.agreed(f"Replace the present database {plan.target}? {_content(plan)}", yes=yes)
            with shown(quiet=as_json) as progress:
                done = restorer.apply(plan, progress)
        if plan.replaces:
            action = note("database.replaced", plan.target, snapshot=plan.snapshot, kept=done.kept)
            house.access.audit.record(action)
        _show_done(plan, done, as_json=as_json)

    return restore_database


def _content(plan: "DatabasePlan") -> str:
    return f"{plan.snapshot} has {len(plan.rows)} tables with {sum(plan.rows.values()):,} rows."


def _show_plan(plan: "DatabasePlan", *, as_json: bool) -> None:
    if as_json:
        console.show_json({"target": plan.target, "replaces": plan.replaces, "rows": dict(plan.rows)})
        return
    console.say(f"{'would replace' if plan.replaces else 'would make'} the database {plan.target}: {_content(plan)}")


def _show_done(plan: "DatabasePlan", done: "DatabaseRestored", *, as_json: bool) -> None:
    if as_json:
        kept = str(done.kept) if done.kept else None
        rows = dict(done.loaded.rows)
        console.show_json({"target": done.target, "identical": done.loaded.identical, "rows": rows, "kept": kept})
        return
    console.say(f"{done.target} is there: {_content(plan)}")
    if done.loaded.identical:
        console.say("It was dumped again and is the same, byte by byte.")
    else:
        console.warn(
            "Its rows are those of the dump, but dumped again it reads differently: another version of MariaDB?"
        )
    if done.kept:
        console.say(f"What was there before: {done.kept}")
        console.note("Parts that run still know what was there before: machiya restart.")
