"""``machiya agent``: runs the jobs of the house."""

import typer

from machiya.entrypoints.cli.house import opened


def agent(context: typer.Context) -> None:
    """Run jobs when they are due or asked for, until Ctrl-C (an embedded house does this in machiya up)."""
    from machiya.entrypoints.agent.run import run  # noqa: PLC0415 – only when asked
    from machiya.entrypoints.logging import configure_logging  # noqa: PLC0415 – only when asked

    configure_logging()
    run(opened(context))
