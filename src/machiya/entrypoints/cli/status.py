"""``machiya status``: the house on one screen, with what to do for each problem."""

from typing import TYPE_CHECKING

import typer

from machiya.entrypoints.cli import console, exit_codes
from machiya.entrypoints.cli.house import Json, opened

if TYPE_CHECKING:
    from machiya.entrypoints.health import Health


def status(context: typer.Context, as_json: Json = False) -> None:
    """Say how the house is; exit code 10 if something is wrong."""
    from machiya.entrypoints.health import examine  # noqa: PLC0415 – only when asked

    found = examine(opened(context))
    if as_json:
        console.show_json(found.as_data())
    else:
        _show(found)
    if found.problems:
        raise typer.Exit(exit_codes.ATTENTION)


def _show(found: "Health") -> None:
    rows = [
        (part.name, part.state, str(part.pid or "–"), part.since, f"{part.restarts} restarts {part.why}".strip())
        for part in found.parts
    ]
    console.show_table(("part", "state", "process", "since", ""), rows, empty="The house is not up.")
    console.say()
    console.show_facts(found.facts)
    console.say()
    for problem in found.problems:
        console.say(f"✗ {problem}", style="red")
    for advice in found.advice:
        console.say(f"! {advice}", style="yellow")
    if not found.problems:
        console.say("✓ The house is well.", style="green")
