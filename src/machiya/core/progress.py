"""How a long piece of work tells where it is, and is told to stop."""

from typing import Protocol

from machiya.core.errors import MachiyaError


class Cancelled(MachiyaError):
    """Somebody asked for the end of it; what was done so far is whole or taken back."""

    code = "cancelled"
    permanent = False


class Progress(Protocol):
    """Hears of the work; may be called from one thread only."""

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """``done`` of ``total`` (0: not known) in the step ``name``; ``unit``: ``bytes``, ``files`` or empty.

        Raises:
            Cancelled: stop here; the caller leaves nothing half done behind.
        """

    def line(self, text: str) -> None:
        """One line for the log of this piece of work."""


class Silent:
    """Tells nobody."""

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """Nothing."""

    def line(self, text: str) -> None:
        """Nothing."""


SILENT: Progress = Silent()
