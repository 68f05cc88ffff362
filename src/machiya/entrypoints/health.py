"""How the house is: its parts, its edge, its mail, its disks – facts, problems with what to do, and advice."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from machiya.bootstrap import House, rescue_confirmed
from machiya.bootstrap.boot import lost_at_restart
from machiya.core.clock import from_wire
from machiya.core.errors import MachiyaError
from machiya.core.sizes import GIB, MIB, format_size
from machiya.entrypoints.door_health import look_at_way_in
from machiya.entrypoints.job_health import advice_on_agent, look_at_jobs
from machiya.entrypoints.part_health import PartHealth, parts_of
from machiya.entrypoints.way_out_health import look_at_way_out
from machiya.mail.edge_desk import edge_status

LITTLE_SPACE = 512 * MIB
DAY = timedelta(days=1)

Look = Callable[[House], tuple[list[tuple[str, str]], list[str]]]


@dataclass(frozen=True, slots=True)
class Health:
    """``problems`` make ``machiya status`` exit with 10, ``advice`` does not."""

    parts: tuple[PartHealth, ...]
    facts: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    advice: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """For a script."""
        return {
            "healthy": not self.problems,
            "parts": [
                {
                    "part": part.name,
                    "state": part.state,
                    "healthy": part.healthy,
                    "pid": part.pid,
                    "since": part.since,
                    "restarts": part.restarts,
                    "why": part.why,
                    "advice": part.advice,
                }
                for part in self.parts
            ],
            "facts": dict(self.facts),
            "problems": list(self.problems),
            "advice": list(self.advice),
        }


def examine(house: House) -> Health:
    """Look at everything; what cannot be looked at is a problem, never an error."""
    parts, problems = _parts(house)
    facts: list[tuple[str, str]] = []
    asleep = house.in_containers and not parts  # then there is nobody to ask, and that is said already
    ways = _ways(parts) if house.in_containers else ()
    for look in (_disks,) if asleep else (_database, _edge, _scanner, _dns, _quarantine, look_at_jobs, _disks, *ways):
        try:
            told, wrong = look(house)
        except MachiyaError as error:
            told, wrong = [], [f"{error.message}. {error.hint}".strip()]
        facts += told
        problems += wrong
    return Health(parts, tuple(facts), tuple(problems), tuple(_advice(house)))


def _ways(parts: tuple[PartHealth, ...]) -> tuple[Look, ...]:
    """Postfix can be asked only where it runs; that it does not is said already."""
    queue = any(part.name == "postfix" and part.healthy for part in parts)
    return (*((look_at_way_in,) if parts else ()), *((look_at_way_out,) if queue else ()))


def _parts(house: House) -> tuple[tuple[PartHealth, ...], list[str]]:
    try:
        parts = parts_of(house)
    except MachiyaError as error:
        return (), [f"{error.message}. {error.hint}".strip()]
    return parts, list(_part_problems(parts))


def _part_problems(parts: tuple[PartHealth, ...]) -> Iterator[str]:
    if not parts:
        yield "The house is not up. machiya up starts it; meanwhile the edge keeps the mail."
    for part in parts:
        if not part.healthy:
            yield f"{part.name} is {part.state}{': ' if part.why else '.'}{part.why} {part.advice}".rstrip()


def _database(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    trace = house.trace_reader()
    counts = trace.counts(house.clock.now() - DAY)
    waiting = trace.unfinished()
    day = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"
    problems = [
        f"{record.recipient}: not delivered yet ({record.reason}). machiya trace {record.delivery_id}"
        for record in waiting[:3]
        if record.reason
    ]
    return [("deliveries in 24 h", day), ("not delivered yet", str(len(waiting)))], problems


def _edge(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    found = edge_status(house.edge_book(), house.clock)
    state = found.state
    if state is None or state.reported_at is None:
        return [("edge", "no report yet")], list(found.problems)
    held = f"{state.held}{' or more' if state.held_more else ''}"
    oldest = f", the oldest of {state.oldest.astimezone():%m-%d %H:%M}" if state.oldest else ""
    told = f"{state.edge}, heard of {state.reported_at.astimezone():%m-%d %H:%M:%S}"
    return [("edge", told), ("held at the edge", held + oldest), ("dead letters", str(state.dead_count))], list(
        found.problems
    )


def _scanner(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    settings = house.settings.scanner
    if not house.scanning.self_test():
        reason = "the embedded house has no scanner" if settings.enabled else "scanner.enabled is false"
        return [("scanning", f"mail is not scanned: {reason}")], []
    looked_for = "spam and viruses; the test virus is found" if settings.antivirus else "spam only, viruses are let in"
    return [("scanning", looked_for)], []


def _dns(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    answers = house.scanning.dns_answers()
    if answers is None:
        return [], []
    if answers:
        return [("DNS", "answers")], []
    skipped = "DNS does not answer: mail flows, but checks that need it are skipped and nothing can be sent."
    return [("DNS", "does not answer")], [f"{skipped} See that this machine reaches the internet."]


def _quarantine(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    items = house.scanning.book().items()
    size = format_size(sum(item.size_bytes for item in items))
    told = f"{len(items)}, {size} (machiya quarantine list)" if items else "empty"
    return [("quarantine", told)], []


def _disks(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    storage = house.settings.storage
    facts, problems = [], []
    for name, folder in (("fast", storage.fast), ("bulk", storage.bulk)):
        free = shutil.disk_usage(_existing(folder)).free
        facts.append((f"free on {name}", f"{format_size(free)}  ({folder})"))
        if free < LITTLE_SPACE:
            problems.append(f"Only {format_size(free)} free on {name} ({folder}). Make room, or move storage.{name}.")
    return facts, problems


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _advice(house: House) -> Iterator[str]:
    if lost_at_restart(house):
        yield "Nothing would put the secrets back after a restart of this machine: machiya boot unit tells how."
    if not rescue_confirmed(house.root):
        yield "Nobody has said that the rescue sheet is kept off this machine: machiya rescue-sheet, then --confirm."
    yield from advice_on_agent(house)
    yield from _not_taken_up(house) if house.in_containers else _changed_since_start(house)
    if shutil.disk_usage(_existing(house.settings.storage.bulk)).free < GIB:
        yield "Less than 1 GiB is free for mail."


def _changed_since_start(house: House) -> Iterator[str]:
    """Parts read settings and secrets once, when they start."""
    if not house.lock("up").holder():
        return
    try:
        started = from_wire(house.embedded_parts().report().since).timestamp()
    except ValueError:  # it has not written its state yet
        return
    for name in ("machiya.toml", "secrets.age"):
        path = house.root / name
        if path.exists() and path.stat().st_mtime > started:
            yield f"{name} was changed after the house started; it counts from the next start: machiya restart."


def _not_taken_up(house: House) -> Iterator[str]:
    """What machiya.toml says now beside what was rendered."""
    try:
        count = len(house.rendering().changes)
    except MachiyaError:  # without the engine nothing can be rendered; that is told already
        return
    if count:
        yield f"{count} files are not as machiya.toml says: machiya render --check shows them, machiya up writes them."
