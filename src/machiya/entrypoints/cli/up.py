"""``machiya up`` and ``machiya down``: the house starts, runs, stops."""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from machiya.core.errors import Conflict, Unavailable
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import opened
from machiya.entrypoints.cli.running import greeting, tell_line

if TYPE_CHECKING:
    from machiya.bootstrap import House, PartStatus, Supervisor

START_SECONDS = 60.0
STOP_SECONDS = 40.0
READY = "ready"


def up(
    context: typer.Context,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return when the house is ready.")] = False,
) -> None:
    """Run the house until Ctrl-C."""
    house = opened(context)
    _require_down(house)
    if detach:
        _start_detached(house)
        return
    with house.lock("up"):
        house.prepare_storage()
        asyncio.run(_run(house))


async def _run(house: "House") -> None:
    ready: set[str] = set()
    parts = house.embedded_parts()
    wanted = {part.name for part in parts.parts()}

    def changed(status: "PartStatus") -> None:
        was_ready = ready == wanted
        (ready.add if status.state == READY else ready.discard)(status.name)
        _tell(status)
        if ready == wanted and not was_ready:
            console.say(greeting(house, _mailboxes(house)))

    supervisor = parts.supervisor(changed=changed, line=tell_line)
    _stop_on_signals(supervisor)
    await supervisor.run()
    console.say("The house has stopped.")


def _tell(status: "PartStatus") -> None:
    if status.state == "waiting to restart":
        console.warn(f"{status.name} ended ({status.last_exit}); it is started again. Its log: {status.log}")


def _stop_on_signals(supervisor: "Supervisor") -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)


def _mailboxes(house: "House") -> tuple[str, ...]:
    with house.accounts_uow(read_only=True) as work:
        return tuple(box.address.unicode for box in work.accounts.mailboxes() if box.enabled)[:5]


def _require_down(house: "House") -> None:
    holder = house.lock("up").holder()
    if holder:
        raise Conflict(f"this house is up already (process {holder})", hint="machiya status tells how it is.")


def _start_detached(house: "House") -> None:
    parts = house.embedded_parts()
    process = parts.start_detached()
    code = process.wait_until(lambda: _all_ready(house, process.pid), START_SECONDS)
    if code is None and _all_ready(house, process.pid):
        console.say(greeting(house, _mailboxes(house)).rpartition("\n")[0])
        console.say("Stop:             machiya down")
        return
    if code is None:
        raise Unavailable(f"the house is not ready after {START_SECONDS:.0f} s", hint="machiya status tells why.")
    raise Unavailable(_last_words(house) or f"the house ended at once ({code})", hint="machiya up shows all of it.")


def _all_ready(house: "House", pid: int) -> bool:
    report = house.embedded_parts().report()
    return report.pid == pid and all(part.state == READY for part in report.parts)


def _last_words(house: "House") -> str:
    log = house.log_folder / "up.log"
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    said = [line.strip().removeprefix("error: ") for line in lines[-4:] if "error: " in line or "→" in line]
    return " ".join(said).replace("→ ", "")


def down(context: typer.Context) -> None:
    """Stop the house, wherever it was started."""
    house = opened(context)
    holder = house.lock("up").holder()
    if not holder:
        console.note("The house is not up.")
        return
    if not house.embedded_parts().terminate(holder, STOP_SECONDS):
        raise Unavailable(
            f"process {holder} does not stop", hint=f"kill -9 {holder} ends it; no accepted mail is lost."
        )
    console.say("The house has stopped.")
