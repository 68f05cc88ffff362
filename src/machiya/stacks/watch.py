"""Looks at the containers of a house, and waits until they are healthy."""

from collections.abc import Iterator, Sequence

from machiya.stacks.containers import Container, ServiceState, ServiceStatus, statuses
from machiya.stacks.outside import Outside
from machiya.stacks.ports import HouseIll, Rendered

_LOOK_SECONDS = 1.0
_ATTEMPTS = 5


class Watch:
    """One house's containers.

    Args:
        rendered: the house's configuration.
        outside: engine, and how to wait.
        patience_seconds: how long all services together may take to become healthy.
    """

    def __init__(self, rendered: Rendered, outside: Outside, patience_seconds: float) -> None:
        self._facts, self._services = rendered.facts, rendered.services
        self._outside, self._patience = outside, patience_seconds

    def containers(self) -> tuple[Container, ...]:
        """All that bear the project's name."""
        return self._outside.engine.containers(self._facts.project)

    def running(self) -> dict[str, str]:
        """The services that run, each with the id of its container."""
        return {container.service: container.id for container in self.containers() if container.state == "running"}

    def statuses(self) -> tuple[ServiceStatus, ...]:
        """Every service of the house: healthy or not, and why."""
        ours = [one for one in self.containers() if one.house == str(self._facts.root)]
        return statuses([service.name for service in self._services], ours)

    def wait_for(self, services: Sequence[str]) -> None:
        """Wait until ``services`` (none named: all) are healthy.

        Raises:
            HouseIll: one is not within the patience, or ends again and again.
        """
        waited = 0.0
        while True:
            waiting = [one for one in self._wanted(services) if not one.healthy]
            if not waiting:
                return
            hopeless = any(one.state == ServiceState.RESTARTING and one.restarts >= _ATTEMPTS for one in waiting)
            if waited >= self._patience or hopeless:
                raise HouseIll(
                    "\n".join(["not all of the house is healthy", *self.ill(services)]),
                    hint="machiya status tells more.",
                )
            self._outside.pause(_LOOK_SECONDS)
            waited += _LOOK_SECONDS

    def _wanted(self, services: Sequence[str]) -> list[ServiceStatus]:
        return [one for one in self.statuses() if not services or one.service in services]

    def ill(self, services: Sequence[str]) -> Iterator[str]:
        """A line for each of ``services`` (none named: all) that is not healthy."""
        for one in self._wanted(services):
            if not one.healthy:
                yield f"  {one.service} is {one.state}{': ' + one.why if one.why else ''}"
