"""What the engine says of a service's container, and what that means for a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_WORDS = 300


class ServiceState(StrEnum):
    """Where a service stands."""

    HEALTHY = "healthy"
    STARTING = "starting"
    UNHEALTHY = "unhealthy"
    RESTARTING = "restarting"
    STOPPED = "stopped"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Container:
    """One container as the engine tells it.

    ``state`` is the engine's word (running, exited …), ``health`` too (empty: it has no check); ``since`` as text;
    ``house`` is the folder of the house that it belongs to; empty: none of ours; ``networks``
    tells the shape of the networks it was made for.
    """

    service: str
    name: str
    id: str
    house: str
    state: str
    health: str = ""
    health_output: str = ""
    exit_code: int = 0
    error: str = ""
    out_of_memory: bool = False
    restarts: int = 0
    since: str = ""
    networks: str = ""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service on the status screen: ``why`` it is not well (one line) and ``advice``; both empty where it is."""

    service: str
    state: ServiceState
    since: str = ""
    restarts: int = 0
    why: str = ""
    advice: str = ""

    @property
    def healthy(self) -> bool:
        """Nothing is to be done."""
        return self.state == ServiceState.HEALTHY


def statuses(services: Iterable[str], containers: Iterable[Container]) -> tuple[ServiceStatus, ...]:
    """Every service of the house, in its order, whether the engine has it or not."""
    by_service = {container.service: container for container in containers}
    return tuple(_status(service, by_service.get(service)) for service in services)


def _status(service: str, container: Container | None) -> ServiceStatus:
    if container is None:
        return ServiceStatus(service, ServiceState.ABSENT, why="it has no container", advice="machiya up makes it.")
    state = _state(container)
    return ServiceStatus(
        service,
        state,
        since=container.since,
        restarts=container.restarts,
        why=_why(state, container),
        advice=_advice(state, service),
    )


def _state(container: Container) -> ServiceState:
    if container.state == "restarting":
        return ServiceState.RESTARTING
    if container.state != "running":
        return ServiceState.STOPPED
    words = {"": ServiceState.HEALTHY, "healthy": ServiceState.HEALTHY, "starting": ServiceState.STARTING}
    return words.get(container.health, ServiceState.UNHEALTHY)


def _why(state: ServiceState, container: Container) -> str:
    if state in {ServiceState.UNHEALTHY, ServiceState.STARTING}:
        return _one_line(container.health_output)
    if state in {ServiceState.STOPPED, ServiceState.RESTARTING}:
        ended = "the kernel ended it: out of memory" if container.out_of_memory else f"exit code {container.exit_code}"
        return _one_line(container.error) or ended
    return ""


def _advice(state: ServiceState, service: str) -> str:
    if state == ServiceState.HEALTHY:
        return ""
    if state == ServiceState.STARTING:
        return "Give it a moment."
    if state == ServiceState.STOPPED:
        return f"machiya up starts it; machiya logs {service} tells why it ended."
    return f"machiya logs {service} tells more; machiya restart {service} starts it anew."


def _one_line(text: str) -> str:
    return " ".join(text.split())[-_WORDS:]
