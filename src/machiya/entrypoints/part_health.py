"""How each part of the house is, whichever engine runs it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from machiya.bootstrap import House, PartReport
    from machiya.stacks.containers import ServiceStatus


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One line of the status screen; ``why`` and ``advice`` are empty where nothing is to be done."""

    name: str
    state: str
    healthy: bool
    since: str = ""
    restarts: int = 0
    pid: int | None = None
    why: str = ""
    advice: str = ""


def parts_of(house: "House") -> tuple[PartHealth, ...]:
    """Every part; none at all: the house is not up.

    Raises:
        EngineMissing, EngineDead: there is nobody to ask.
    """
    return _containers(house) if house.in_containers else _processes(house)


def _containers(house: "House") -> tuple[PartHealth, ...]:
    found = house.containers(lambda _: None).statuses()
    return tuple(_service(one) for one in found) if any(one.state != "absent" for one in found) else ()


def _service(one: "ServiceStatus") -> PartHealth:
    return PartHealth(one.service, str(one.state), one.healthy, one.since, one.restarts, why=one.why, advice=one.advice)


def _processes(house: "House") -> tuple[PartHealth, ...]:
    """As the supervisor wrote them, and asked now: a part that hangs is not ready."""
    if not house.lock("up").holder():
        return ()
    parts = house.embedded_parts()
    answering = asyncio.run(parts.answering())
    return tuple(_process(part, answers=answering[part.name]) for part in parts.report().parts)


def _process(part: "PartReport", *, answers: bool) -> PartHealth:
    state = "does not answer" if part.state == "ready" and not answers else part.state
    well = state == "ready"
    advice = "" if well else f"Its log says why: {part.log}"
    return PartHealth(part.name, state, well, part.since, part.restarts, part.pid, part.last_exit, advice)
