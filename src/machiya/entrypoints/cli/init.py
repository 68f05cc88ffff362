"""``machiya init``: a house from nothing, or what is missing in one that was begun; never over anything."""

from typing import TYPE_CHECKING, Annotated

import typer

from machiya.core.errors import ConfigurationError, InvalidInput
from machiya.entrypoints.cli import console, residents
from machiya.entrypoints.cli.config import language
from machiya.entrypoints.cli.house import Language, house_of
from machiya.entrypoints.cli.rescue import show_recovery_key

if TYPE_CHECKING:
    from machiya.bootstrap import House

ENGINES = ("embedded", "docker")
NEXT_IN_CONTAINERS = "Next: machiya images build, machiya up, then this command again: it makes the first mailbox."


def init(
    context: typer.Context,
    *,
    domain: Annotated[str, typer.Option(help="The first mail domain: example.jp.")] = "",
    mailbox: Annotated[str, typer.Option(help="The first mailbox: taro@example.jp, or taro.")] = "",
    alias: Annotated[str, typer.Option(help="An address that stands for the mailbox: hello@example.jp.")] = "",
    hostname: Annotated[str, typer.Option(help="The name the house gives itself.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the mailbox's password from standard input.")
    ] = False,
    generate_password: Annotated[
        bool, typer.Option("--generate-password", help="Make a password and show it once.")
    ] = False,
    engine: Annotated[
        str, typer.Option("--engine", help="What runs the parts: embedded (this machine's processes) or docker.")
    ] = "embedded",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: defaults and a generated password.")] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="A house to try: home.test with you@home.test and hello@home.test.")
    ] = False,
    lang: Language = "en",
) -> None:
    """Make a house, or complete one that was begun.

    Folder, configuration, keys, database, the first mailbox. What is there already is never written over.
    """
    house, words = house_of(context), language(lang)
    house.folder.require_free()
    later = _is_for_later(house, engine)
    given = residents.Answers(
        domain=domain,
        mailbox=mailbox,
        alias=alias,
        hostname=hostname,
        password=residents.PasswordFrom(stdin=password_stdin and not later, generate=generate_password or later),
        yes=yes,
    )
    wanted = residents.wanted(house, residents.sample_answers() if sample else given)
    made = console.step("folder", str(house.root), made=house.folder.build())
    with house.folder.lock():
        made |= _furnish(house, wanted, words, engine)
        if not later:
            made |= residents.move_in(house, wanted)
    console.note("The house is built." if made else "Nothing was missing.")
    console.say(_next(house, later=later))


def _next(house: "House", *, later: bool) -> str:
    if later:
        return NEXT_IN_CONTAINERS
    return "Next: machiya send-test ADDRESS, in some seconds" if house.in_containers else "Next: machiya up"


def _is_for_later(house: "House", engine: str) -> bool:
    """In a house in containers mailboxes are made when its database runs.

    Raises:
        InvalidInput: there is no such engine.
    """
    if engine not in ENGINES:
        raise InvalidInput(f"there is no engine {engine!r}", hint=f"Use --engine {' or '.join(ENGINES)}.")
    if not house.folder.is_house:
        return engine == "docker"
    try:
        return not house.database_stands
    except ConfigurationError:  # told where the step that cannot go on stands
        return False


def _furnish(house: "House", wanted: "residents.Wanted", words: str, engine: str) -> bool:
    """Everything but the accounts; whether anything was missing."""
    folder = house.folder
    folder.clean_up()
    made = console.step("host key", "host.key", made=house.secrets.ensure_host_key())
    made |= _write_configuration(house, wanted, words, engine)
    made |= console.step("data", "data/", made=folder.build_data())
    made |= _seal_secrets(house, words)
    for path in folder.tighten():
        made |= console.step("private again", path.name, made=True)
    return made


def _write_configuration(house: "House", wanted: "residents.Wanted", words: str, engine: str) -> bool:
    from machiya.settings import sample as sample_text  # noqa: PLC0415 – see house.py

    values = {"house.hostname": wanted.hostname} | ({"house.owner": str(wanted.mailbox)} if wanted.mailbox else {})
    values |= {"house.engine": engine} if engine != ENGINES[0] else {}
    written = house.folder.write_configuration(sample_text(words, values))
    if not written and wanted.hostname_given:
        console.warn("machiya.toml is there already and was not touched: change house.hostname in it yourself.")
    return console.step("configuration", "machiya.toml", made=written)


def _seal_secrets(house: "House", words: str) -> bool:
    """The recovery key is shown at once: a later step that fails must not take it away."""
    secrets, names = house.secrets, house.generated_keys
    if not secrets.exists:
        key = secrets.create({name: secrets.new_key() for name in names})
        console.step("secrets", "secrets.age", made=True)
        show_recovery_key(key.private, words)
        return True
    if not secrets.knows_recovery:
        show_recovery_key(secrets.new_recovery_key().private, words)
        return console.step("recovery key", "recovery.toml", made=True)
    return console.step("secrets", "secrets.age", made=bool(secrets.ensure_keys(names)))
