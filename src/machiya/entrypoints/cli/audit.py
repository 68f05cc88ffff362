"""``machiya audit``: who did what, and whether somebody meddled with that record."""

from typing import Annotated, Any

import typer

from machiya.access.audit import Entry, Head, parse_head
from machiya.access.verifying import Verdict
from machiya.entrypoints.cli import console, exit_codes
from machiya.entrypoints.cli.house import Json, opened

app = typer.Typer(no_args_is_help=True, help="The audit log: who did what, in a chain that shows every tampering.")


@app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, the newest.")] = 50,
    who: Annotated[str, typer.Option("--who", help="Only what this one did: administrator:alice, cli:root.")] = "",
    target: Annotated[
        str, typer.Option("--target", help="Only what was done to this: you@home.test, administrator:alice.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List what was done, newest first."""
    found = opened(context).access.audit.entries(limit, actor=who, target=target)
    if as_json:
        console.show_json({"entries": [_data(one) for one in found]})
        return
    rows = [(str(one.number), _when(one), one.actor, one.action, one.target or "–", _details(one)) for one in found]
    headings = ("number", "when", "who", "did", "to", "details")
    console.show_table(headings, rows, empty="Nothing has been recorded yet.")


@app.command()
def verify(
    context: typer.Context,
    expect: Annotated[
        str, typer.Option("--expect", metavar="HEAD", help="A head that was kept elsewhere; it must be in the chain.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Follow the chain from its beginning. Exit code 10 when an entry is changed, missing or moved."""
    expected = parse_head(expect) if expect else None
    verdict = opened(context).access.audit.verify(expected)
    if as_json:
        console.show_json(_verdict(verdict))
    else:
        _show(verdict, expected)
    if not verdict.intact:
        raise typer.Exit(exit_codes.ATTENTION)


def _show(verdict: Verdict, expected: Head | None) -> None:
    if not verdict.intact:
        console.warn(f"The audit log was tampered with. The first bad entry is {verdict.bad_number}: {verdict.reason}.")
        console.note("Keep a copy of the database as it is, and look at who could write to it.")
        return
    console.say(f"The audit log is whole: {verdict.entries} {'entry' if verdict.entries == 1 else 'entries'}.")
    if expected is not None:
        console.say("The head that was kept elsewhere is in it.")
    console.say(f"Head: {verdict.head}")
    console.note(
        "Keep the head away from this machine; machiya audit verify --expect HEAD proves later what was before."
    )


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "intact": verdict.intact,
        "entries": verdict.entries,
        "head": str(verdict.head),
        "bad_number": verdict.bad_number,
        "reason": verdict.reason,
    }


def _data(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "details": dict(entry.facts),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _when(entry: Entry) -> str:
    moment = entry.moment
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else entry.at


def _details(entry: Entry) -> str:
    return ", ".join(f"{key} {value}" for key, value in entry.facts.items())
