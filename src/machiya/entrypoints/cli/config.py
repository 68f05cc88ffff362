"""``machiya config``: what the settings are, where they come from, what is wrong with them."""

from typing import TYPE_CHECKING, Annotated

import typer

from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import Json, Language, house_of, root_of

if TYPE_CHECKING:
    from machiya.settings import Origin

LANGUAGES = ("en", "ja")

app = typer.Typer(no_args_is_help=True, help="Look at the settings, check them, print a sample.")


def language(text: str) -> str:
    """``en`` or ``ja``.

    Raises:
        InvalidInput: another language.
    """
    if text not in LANGUAGES:
        raise InvalidInput(f"there is no text in {text!r}", hint="Use --lang en or --lang ja.")
    return text


def _origins(context: typer.Context) -> "tuple[Origin, ...]":
    from machiya.settings import origins  # noqa: PLC0415 – see house.py

    house_of(context).folder.require()
    return origins(root_of(context))


def _show(found: "tuple[Origin, ...]", *, as_json: bool) -> None:
    if as_json:
        settings = [{"path": o.path, "value": o.value, "unit": o.unit, "source": o.source} for o in found]
        console.show_json({"settings": settings})
        return
    console.show_table(
        ("setting", "value", "from"), [(o.path, o.value, o.source) for o in found], empty="There are no settings."
    )


@app.command()
def check(context: typer.Context, as_json: Json = False) -> None:
    """Check the configuration. Shows each setting and where it came from, or every mistake (exit code 3)."""
    found = _origins(context)
    _show(found, as_json=as_json)
    if not as_json:
        console.note(f"The configuration of {root_of(context)} is in order.")


@app.command()
def show(
    context: typer.Context,
    path: Annotated[str, typer.Argument(help="Only this setting or section: mail, mail.store.")] = "",
    as_json: Json = False,
) -> None:
    """Show the settings that are no defaults, or those named."""
    found = _origins(context)
    if path:
        wanted = tuple(o for o in found if path in (o.path, o.path.split(".", maxsplit=1)[0]))
        if not wanted:
            raise InvalidInput(f"there is no setting {path!r}", hint="machiya config check lists them all.")
    else:
        wanted = tuple(o for o in found if o.source != "default")
    if not wanted and not as_json:
        console.note("Every setting has its default.")
        return
    _show(wanted, as_json=as_json)


@app.command()
def sample(lang: Language = "en") -> None:
    """Print a documented machiya.toml with every setting."""
    from machiya import settings  # noqa: PLC0415 – see house.py

    console.say(settings.sample(language(lang)).rstrip("\n"))
