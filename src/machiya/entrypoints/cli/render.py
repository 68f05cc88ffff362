"""``machiya render``: the Compose project and every daemon's configuration, written into the house's folder."""

from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import Refused
from machiya.entrypoints.cli import console, exit_codes
from machiya.entrypoints.cli.house import Json, opened

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.bootstrap.rendering import Rendering
    from machiya.stacks.changes import Difference


def render(
    context: typer.Context,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only show what would change; exit code 10 if anything would.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that were edited by hand, too.")] = False,
    as_json: Json = False,
) -> None:
    """Write the configuration of the house in containers; show what changes, keep what was edited by hand.

    Every changed file is checked by its own daemon first; one that fails replaces nothing.
    """
    house = opened(context)
    _require_containers(house)
    rendering = house.rendering(force=force)
    _show(rendering, as_json=as_json)
    if check:
        raise typer.Exit(exit_codes.ATTENTION if rendering.changes else 0)
    if rendering.changes:
        with house.lock("up"):
            house.containers(console.note, force=force).configure()
        console.note(f"Written to {rendering.folder}. machiya up takes it up.")


def _require_containers(house: "House") -> None:
    if not house.in_containers:
        raise Refused(
            "this house runs as plain processes: there is nothing to render", hint='Set house.engine = "docker".'
        )


def _show(rendering: "Rendering", *, as_json: bool) -> None:
    changes, edited = rendering.changes, rendering.edited
    if as_json:
        console.show_json(_data(rendering))
        return
    for one in changes:
        for line in _diff(one):
            console.say(line)
    for one in edited:
        console.warn(f"{one.path} was edited by hand and is kept; --force writes over it.")
    if not changes:
        console.note("Nothing to write.")


def _data(rendering: "Rendering") -> dict[str, Any]:
    return {
        "checksum": rendering.plan.checksum,
        "changes": [change.as_data() for change in rendering.plan.changes],
        "kept": [one.path for one in rendering.edited],
    }


def _diff(one: "Difference") -> Iterator[str]:
    before = (one.before or b"").decode("utf-8", "replace").splitlines()
    after = (one.after.content if one.after else b"").decode("utf-8", "replace").splitlines()
    if one.before is None:
        yield f"+++ {one.path}  (new, {len(after)} lines)"
        return
    yield from unified_diff(before, after, one.path, one.path if one.after else "(removed)", lineterm="")
