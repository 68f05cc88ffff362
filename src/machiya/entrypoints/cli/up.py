"""``machiya up``, ``down``, ``restart`` and ``logs``: the house starts, runs, stops, speaks."""

from typing import Annotated

import typer

from machiya.entrypoints.cli.engine import engine_of
from machiya.entrypoints.cli.house import opened

Parts = Annotated[list[str] | None, typer.Argument(metavar="[PART]...", help="Only these parts.")]


def up(
    context: typer.Context,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return when the house is ready.")] = False,
) -> None:
    """Run the house: the embedded one until Ctrl-C, one in containers until machiya down."""
    engine_of(opened(context)).up(detach=detach)


def down(context: typer.Context) -> None:
    """Stop the house, wherever it was started."""
    engine_of(opened(context)).down()


def restart(context: typer.Context, parts: Parts = None) -> None:
    """Stop parts of the house and start them again; return when they are well."""
    engine_of(opened(context)).restart(parts or [])


def logs(
    context: typer.Context,
    parts: Parts = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="So many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
) -> None:
    """Show what the parts of the house say."""
    engine_of(opened(context)).logs(parts or [], lines=lines, follow=follow)
