"""A use case's transaction: entered, committed once, rolled back otherwise."""

from types import TracebackType
from typing import Protocol, Self


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without ``commit`` rolls everything back."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; roll back what was not committed."""

    def commit(self) -> None:
        """Make it durable.

        Raises:
            Unavailable: the database did not take it.
        """
