"""``machiya secret``: the secrets of the house, by name; values come from a hidden prompt or stdin, never arguments."""

from typing import TYPE_CHECKING, Annotated

import typer

from machiya.core.errors import ConfigurationError, InvalidInput, NotFound
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.house import Json, Yes, house_of, opened

if TYPE_CHECKING:
    from machiya.bootstrap import House

app = typer.Typer(no_args_is_help=True, help="The secrets in secrets.age: list, set, change keys.")

SIGNING, NEXT = "edge_signing_key", "edge_signing_key_next"
Name = Annotated[str, typer.Argument(help="The secret's name; machiya secret list shows them.")]


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the secrets: set or not, where from, what for. Never shows a value."""
    from machiya.settings import SECTIONS, origins  # noqa: PLC0415 – see house.py

    house = opened(context)
    found = [o for o in origins(house.root) if o.path.startswith("secrets.")]
    fields = SECTIONS["secrets"].model_fields
    rows = [(o.path.removeprefix("secrets."), o.value, o.source) for o in found]
    if as_json:
        console.show_json({"secrets": [{"name": n, "set": v == "set", "source": s} for n, v, s in rows]})
        return
    lines = [(n, v, "" if s == "default" else s, fields[n].description or "") for n, v, s in rows]
    console.show_table(("secret", "state", "from", "for"), lines, empty="There are no secrets.")


@app.command("set")
def set_(context: typer.Context, name: Name) -> None:
    """Set one secret. Its value comes from a hidden prompt or one line of standard input."""
    house = house_of(context)
    house.folder.require()
    known(name)
    value = ask.hidden(f"Value of {name}")
    _require_usable(name, value)
    with house.folder.lock():
        house.secrets.change({name: value})
    console.say(f"{name} is set.")
    _say_who_still_has_the_old(house)


@app.command()
def show(context: typer.Context, name: Name) -> None:
    """Write one secret to standard output, for a pipe."""
    house = house_of(context)
    house.folder.require()
    known(name)
    value = house.secrets.read().get(name, "")
    if not value:
        raise NotFound(f"{name} is not set in secrets.age", hint=f"Set it: machiya secret set {name}.")
    console.say(value)


@app.command("rotate-edge-key")
def rotate_edge_key(context: typer.Context, yes: Yes = False) -> None:
    """Change the edge's signing key, in two calls. The first makes the next key, the second puts it into use."""
    house = opened(context)
    with house.folder.lock():
        present = house.secrets.read()
        if not present.get(NEXT):
            house.secrets.change({NEXT: house.secrets.new_key()})
            _say_what_comes_next("Run machiya up." if _in_containers(house) else "Start the house again.")
            return
        ask.agreed("Does the edge sign with the next key already? The present one stops being accepted.", yes=yes)
        house.secrets.change({SIGNING: present[NEXT], NEXT: ""})
    console.say("The next key is the signing key now; the old one is gone.")
    _say_who_still_has_the_old(house)


def _say_what_comes_next(first: str) -> None:
    console.say("A next key is made. After a restart the house accepts both.")
    console.say(f"1. {first}")
    console.say(
        f"2. Give the edge the new key: machiya secret show {NEXT} | (cd edge && npx wrangler secret put SIGNING_KEY)"
    )
    console.say("3. Run machiya secret rotate-edge-key once more: it puts the next key into use and forgets the old.")


@app.command()
def recover(context: typer.Context) -> None:
    """Open secrets.age with the recovery key. Seals it for a new host key of this machine."""
    house = house_of(context)
    house.folder.require()
    with house.folder.lock():
        house.secrets.recover(ask.hidden("Recovery key"))
    console.say("secrets.age is open again; host.key is new. machiya config check shows what is set.")


def _say_who_still_has_the_old(house: "House") -> None:
    """A part reads the secrets once, when it starts; those of containers lie in memory until up writes them anew."""
    if _in_containers(house):
        console.note("machiya up gives it to the services that need it; a restart alone does not.")
    elif house.lock("up").holder():
        console.warn("the house runs with what was there before. Start it again: machiya restart")


def _in_containers(house: "House") -> bool:
    try:
        return house.in_containers
    except ConfigurationError:  # told by every command that needs the settings
        return False


def _require_usable(name: str, value: str) -> None:
    from machiya.settings import secret_mistake  # noqa: PLC0415 – see house.py

    mistake = secret_mistake(name, value)
    if mistake:
        raise InvalidInput(f"{name} {mistake}", hint="Nothing was changed. Take another value.")


def known(name: str) -> None:
    """Refuse a name that no setting has.

    Raises:
        InvalidInput: there is no such secret.
    """
    from machiya.settings import SECTIONS, did_you_mean  # noqa: PLC0415 – see house.py

    names = SECTIONS["secrets"].model_fields
    if name not in names:
        meant = did_you_mean(name, names)
        raise InvalidInput(f"there is no secret {name!r}{meant}", hint=f"They are: {', '.join(names)}.")
