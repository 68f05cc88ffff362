"""Which house a command means, and its parts – imported only when a command needs them, so that --help is quick."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from machiya.bootstrap import House


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the options before the command said; ``house`` is None where they said nothing."""

    house: Path | None = None


Json = Annotated[bool, typer.Option("--json", help="Print data for a script instead of a table.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; take it as answered with yes.")]
Language = Annotated[str, typer.Option("--lang", help="Language: en or ja.")]


def root_of(context: typer.Context) -> Path:
    """The house's folder, absolute: --house, else MACHIYA_HOUSE, else ./house."""
    from machiya.settings import house_folder  # noqa: PLC0415 – pydantic costs more than the whole of --help

    chosen = context.find_object(Chosen) or Chosen()
    return house_folder(chosen.house)


def house_of(context: typer.Context) -> "House":
    """The house the command means, built or not."""
    from machiya.bootstrap import house_at  # noqa: PLC0415 – as above

    _log_quietly()
    return house_at(root_of(context))


def opened(context: typer.Context) -> "House":
    """The house the command means; it stands and its configuration is right.

    Raises:
        NotAHouse: there is none.
        ConfigurationError: with every mistake.
    """
    from machiya.bootstrap import open_house  # noqa: PLC0415 – as above

    _log_quietly()
    return open_house(root_of(context))


def _log_quietly() -> None:
    """Commands that a person runs tell warnings only, on stderr; a part that logs has said so before."""
    import structlog  # noqa: PLC0415 – as above

    from machiya.entrypoints.logging import configure_logging  # noqa: PLC0415 – as above

    if not structlog.is_configured():
        configure_logging(quiet=True)
