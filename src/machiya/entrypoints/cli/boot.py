"""``machiya boot``: what must happen at each start of the machine, and the units that make it happen."""

import typer

from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import opened

app = typer.Typer(no_args_is_help=True, help="What a house in containers needs when the machine starts.")


@app.command("prepare")
def prepare(context: typer.Context) -> None:
    """Put up the fence and the secrets in memory, each for its service (machiya-secrets.service does this)."""
    from machiya.bootstrap.boot import put_secrets_into_memory, put_up_fence, wait_for_vpn  # noqa: PLC0415 – only when asked

    house = opened(context)
    put_up_fence(house)
    services = put_secrets_into_memory(house)
    console.say(f"the fence stands, secrets of {len(services)} services are in memory")
    if not wait_for_vpn(house):
        address = house.settings.vpn.address
        console.warn(f"this machine does not have vpn.address {address} yet; machiya up once it has")


@app.command("unit")
def unit(context: typer.Context) -> None:
    """Print the systemd unit that runs machiya boot prepare before Docker starts."""
    from machiya.bootstrap.boot import systemd_unit  # noqa: PLC0415 – only when asked

    console.say(systemd_unit(opened(context)).rstrip())


@app.command("agent-unit")
def agent_unit(context: typer.Context) -> None:
    """Print the systemd unit that runs machiya agent beside a house in containers."""
    from machiya.bootstrap.agent_unit import agent_unit as rendered  # noqa: PLC0415 – only when asked

    console.say(rendered(opened(context)).rstrip())
