"""One face for both engines: what ``up``, ``down``, ``restart`` and ``logs`` ask of whatever runs the house."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from machiya.bootstrap import House


class Engine(Protocol):
    """Runs the parts of one house."""

    def up(self, *, detach: bool) -> None:
        """Have the house running; ``detach``: return when it is."""
        ...

    def down(self) -> None:
        """Stop it."""
        ...

    def restart(self, parts: Sequence[str]) -> None:
        """Stop and start ``parts``; none named: all."""
        ...

    def logs(self, parts: Sequence[str], *, lines: int, follow: bool) -> None:
        """Show the last lines of ``parts``, and what follows."""
        ...


def engine_of(house: "House") -> Engine:
    """The engine that the settings ask for."""
    if house.in_containers:
        from machiya.entrypoints.cli.engine_docker import DockerHouse  # noqa: PLC0415 – only when asked

        return DockerHouse(house)
    from machiya.entrypoints.cli.engine_embedded import EmbeddedHouse  # noqa: PLC0415 – only when asked

    return EmbeddedHouse(house)
