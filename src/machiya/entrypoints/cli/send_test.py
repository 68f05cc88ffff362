"""``machiya send-test``: a real message through the front door, followed into the mailbox."""

from pathlib import Path
from typing import Annotated

import typer

from machiya.entrypoints.cli.house import opened


def send_test(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The recipient.")],
    eml: Annotated[Path | None, typer.Option(help="Send this file instead of a short greeting.")] = None,
    sender: Annotated[str, typer.Option("--from", help="The envelope sender.")] = "machiya@street.example",
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the mailbox.")] = 30.0,
) -> None:
    """Send a message and follow it into the mailbox."""
    from machiya.entrypoints.cli.sending import send_and_follow  # noqa: PLC0415 – smtplib and email are slow to import

    send_and_follow(opened(context), address, sender=sender, eml=eml, wait_seconds=wait)
