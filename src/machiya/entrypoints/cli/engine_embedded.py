"""The embedded house at the command line: processes of this machine under one supervisor."""

import asyncio
import signal
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from machiya.core.errors import Conflict, NotFound, Unavailable
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.running import first_mailboxes, greeting, tell_line
from machiya.stacks.ports import NotUp

if TYPE_CHECKING:
    from machiya.bootstrap import House, PartStatus, Supervisor

START_SECONDS = 60.0
STOP_SECONDS = 40.0
READY = "ready"
_LOOK_SECONDS = 0.3


class EmbeddedHouse:
    """As ``Engine``."""

    def __init__(self, house: "House") -> None:
        self._house = house

    def up(self, *, detach: bool) -> None:
        """Run it until Ctrl-C, or in the background."""
        _require_down(self._house)
        if detach:
            _start_detached(self._house)
            return
        with self._house.lock("up"):
            if made := self._house.complete_keys():
                console.note(f"made, for this house had none: {', '.join(made)}")
            self._house.prepare_storage()
            asyncio.run(_run(self._house))

    def down(self) -> None:
        """Stop it, wherever it was started."""
        holder = self._house.lock("up").holder()
        if not holder:
            console.note("The house is not up.")
            return
        if not self._house.embedded_parts().terminate(holder, STOP_SECONDS):
            raise Unavailable(
                f"process {holder} does not stop", hint=f"kill -9 {holder} ends it; no accepted mail is lost."
            )
        console.say("The house has stopped.")

    def restart(self, parts: Sequence[str]) -> None:
        """End the processes; the supervisor starts them again."""
        if not self._house.lock("up").holder():
            raise NotUp("the house is not up", hint="machiya up starts it.")
        found = [part for part in self._house.embedded_parts().report().parts if part.name in self._chosen(parts)]
        for part in found:
            if part.pid and not self._house.embedded_parts().terminate(part.pid, STOP_SECONDS):
                raise Unavailable(f"{part.name} does not stop", hint=f"Its log is {part.log}.")
        _wait_until_ready(self._house, {part.name: part.pid for part in found})
        console.say("Restarted and ready.")

    def logs(self, parts: Sequence[str], *, lines: int, follow: bool) -> None:
        """The parts' log files."""
        files = {name: self._house.log_folder / f"{name}.log" for name in self._chosen(parts)}
        places = {name: _tell_last(name, path, lines) for name, path in files.items()}
        while follow:
            for name, path in files.items():
                places[name] = _tell_new(name, path, places[name])
            Event().wait(_LOOK_SECONDS)

    def _chosen(self, parts: Sequence[str]) -> list[str]:
        known = [part.name for part in self._house.embedded_parts().parts()]
        for name in parts:
            if name not in known:
                raise NotFound(f"there is no part {name!r}", hint=f"There are {', '.join(known)}.")
        return list(parts or known)


def _wait_until_ready(house: "House", before: dict[str, int | None]) -> None:
    for _ in range(round(START_SECONDS / _LOOK_SECONDS)):
        now = {part.name: part for part in house.embedded_parts().report().parts}
        if all(name in now and now[name].state == READY and now[name].pid != pid for name, pid in before.items()):
            return
        Event().wait(_LOOK_SECONDS)
    raise Unavailable("not everything is ready again", hint="machiya status tells why.")


def _tell_last(name: str, path: Path, lines: int) -> int:
    """Where the file ends now."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        for line in deque(file, maxlen=lines):
            _say(name, line)
        return file.tell()


def _tell_new(name: str, path: Path, place: int) -> int:
    """A file that became shorter was begun anew."""
    size = path.stat().st_size if path.exists() else 0
    if size == place:
        return place
    with path.open("rb") as file:
        file.seek(place if size > place else 0)
        for line in file:
            _say(name, line)
        return file.tell()


def _say(name: str, line: bytes) -> None:
    console.say(f"{name}: {line.decode('utf-8', 'replace').rstrip()}")


async def _run(house: "House") -> None:
    ready: set[str] = set()
    parts = house.embedded_parts()
    wanted = {part.name for part in parts.parts()}

    def changed(status: "PartStatus") -> None:
        was_ready = ready == wanted
        (ready.add if status.state == READY else ready.discard)(status.name)
        _tell(status)
        if ready == wanted and not was_ready:
            console.say(greeting(house, first_mailboxes(house)))

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


def _require_down(house: "House") -> None:
    holder = house.lock("up").holder()
    if holder:
        raise Conflict(f"this house is up already (process {holder})", hint="machiya status tells how it is.")


def _start_detached(house: "House") -> None:
    process = house.start_detached()
    code = process.wait_until(lambda: _all_ready(house, process.pid), START_SECONDS)
    if code is None and _all_ready(house, process.pid):
        console.say(greeting(house, first_mailboxes(house)).rpartition("\n")[0])
        console.say("Stop:             machiya down")
        return
    if code is None:
        raise Unavailable(f"the house is not ready after {START_SECONDS:.0f} s", hint="machiya status tells why.")
    what, hint = _last_error(process.said())
    raise Unavailable(what or f"the house ended at once ({code})", hint=hint or "machiya up shows all of it.")


def _all_ready(house: "House", pid: int) -> bool:
    report = house.embedded_parts().report()
    return report.pid == pid and all(part.state == READY for part in report.parts)


def _last_error(said: str) -> tuple[str, str]:
    """The last error that ``machiya up`` told and its hint; empty if it told none."""
    lines = said.splitlines()
    told = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    if not told:
        return "", ""
    what, *more = lines[told[-1] :]
    hints = [line.strip().removeprefix("→ ") for line in more if line.strip().startswith("→ ")]
    return what.removeprefix("error: "), " ".join(hints)
