"""The parts of the house as commands; ``machiya up`` starts them, a person seldom does."""

import typer

from machiya.entrypoints.cli.house import opened


def mail_api(context: typer.Context) -> None:
    """Run the door alone (machiya up does this)."""
    from machiya.entrypoints.logging import configure_logging  # noqa: PLC0415 – only when asked
    from machiya.entrypoints.mail_api.run import run  # noqa: PLC0415 – FastAPI is slow to import

    configure_logging()
    run(opened(context))


def front_door(context: typer.Context) -> None:
    """Run the front door alone (machiya up does this)."""
    from machiya.entrypoints.front_door.run import run  # noqa: PLC0415 – only when asked
    from machiya.entrypoints.logging import configure_logging  # noqa: PLC0415 – only when asked

    configure_logging()
    run(opened(context))


def usermgmt(context: typer.Context) -> None:
    """Run usermgmt alone (machiya up does this)."""
    from machiya.entrypoints.logging import configure_logging  # noqa: PLC0415 – only when asked
    from machiya.entrypoints.usermgmt.run import run  # noqa: PLC0415 – only when asked

    configure_logging()
    run(opened(context))
