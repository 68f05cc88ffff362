"""``machiya boot``: what must happen at each start of the machine before the engine starts containers."""

import typer

from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import opened

app = typer.Typer(no_args_is_help=True, help="What a house in containers needs when the machine starts.")


@app.command("prepare")
def prepare(context: typer.Context) -> None:
    """Put the secrets into memory, each for its service (machiya-secrets.service does this)."""
    from machiya.bootstrap.boot import put_secrets_into_memory  # noqa: PLC0415 – only when asked

    services = put_secrets_into_memory(opened(context))
    console.say(f"secrets of {len(services)} services are in memory")


@app.command("unit")
def unit(context: typer.Context) -> None:
    """Print the systemd unit that runs machiya boot prepare before Docker starts."""
    from machiya.bootstrap.boot import systemd_unit  # noqa: PLC0415 – only when asked

    console.say(systemd_unit(opened(context)).rstrip())
