"""The ``machiya`` command: its commands put together, and every error turned into words and an exit code."""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from machiya import __version__
from machiya.core.errors import InvalidInput, MachiyaError
from machiya.entrypoints.cli import (
    admin,
    agent,
    alias,
    audit,
    backup,
    boot,
    config,
    console,
    domain,
    edge,
    exit_codes,
    images,
    init,
    job,
    mail,
    mailbox,
    parts,
    quarantine,
    queue,
    reconcile,
    render,
    rescue,
    secret,
    send_test,
    status,
    tls,
    trace,
    up,
    vault,
)
from machiya.entrypoints.cli.house import Chosen

HOUSE_OPTION = "--house"


class HouseAnywhere(TyperGroup):
    """Lets ``--house FOLDER`` stand after the command too, where people write it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Move ``--house`` to the front, where Typer looks for it."""
        return super().parse_args(ctx, hoisted(args))


def hoisted(arguments: list[str]) -> list[str]:
    """``arguments`` with every ``--house FOLDER`` first; what follows ``--`` stays untouched."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments[:end])
    for word in words:
        if word == HOUSE_OPTION:
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        else:
            (front if word.startswith(f"{HOUSE_OPTION}=") else rest).append(word)
    return front + rest + arguments[end:]


app = typer.Typer(
    cls=HouseAnywhere,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Mail and WordPress hosting at home without one open port.",
)
app.command("init")(init.init)
app.add_typer(domain.app, name="domain")
app.add_typer(mailbox.app, name="mailbox")
app.add_typer(alias.app, name="alias")
app.add_typer(admin.app, name="admin")
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(config.app, name="config")
app.add_typer(secret.app, name="secret")
app.command("rescue-sheet")(rescue.rescue_sheet)
app.command("up")(up.up)
app.command("down")(up.down)
app.command("restart")(up.restart)
app.command("logs")(up.logs)
app.add_typer(boot.app, name="boot")
app.command("status")(status.status)
app.add_typer(images.app, name="images")
app.command("render")(render.render)
app.command("send-test")(send_test.send_test)
app.command("trace")(trace.trace)
app.command("reconcile")(reconcile.reconcile)
app.add_typer(tls.app, name="tls")
app.add_typer(edge.app, name="edge")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(mail.app, name="mail")
app.add_typer(queue.app, name="queue")
app.add_typer(vault.app, name="vault")
app.add_typer(job.app, name="job")
app.command("agent")(agent.agent)
app.command("mail-api", hidden=True)(parts.mail_api)
app.command("front-door", hidden=True)(parts.front_door)
app.command("usermgmt", hidden=True)(parts.usermgmt)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.say(f"machiya {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    house: Annotated[
        Path | None, typer.Option(HOUSE_OPTION, help="The house's folder (else MACHIYA_HOUSE, else ./house).")
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    context.obj = Chosen(house=house)


@cache
def command() -> Any:
    """The whole tree of commands, built once."""
    return typer.main.get_command(app)


def run() -> None:
    """What the shell calls."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # TextIO's type does not have it
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code."""
    as_json = "--json" in arguments
    try:
        return int(command().main(args=list(arguments), prog_name="machiya", standalone_mode=False) or 0)
    except MachiyaError as error:
        console.show_error(error, as_json=as_json)
        return error.exit_code
    except typer.TyperException as error:
        _show_usage(error, as_json=as_json)
        return exit_codes.USAGE
    except (KeyboardInterrupt, typer.Abort):
        return exit_codes.INTERRUPTED
    except Exception as error:  # noqa: BLE001 – the last net: no traceback reaches a user
        _show_internal(error, as_json=as_json)
        return exit_codes.INTERNAL


def _show_usage(error: typer.TyperException, *, as_json: bool) -> None:
    message = error.format_message()
    if message.startswith("Usage:"):  # no command at all: Typer hands over the help itself
        console.say(message)
        return
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "machiya"
    usage = InvalidInput(message.rstrip("."), hint=f"{command} --help tells how it is used.")
    console.show_error(usage, as_json=as_json)


def _show_internal(error: Exception, *, as_json: bool) -> None:
    """The details go to a file of their own: they help whoever mends it, not whoever meets it."""
    report = Path(tempfile.gettempdir()) / f"machiya-error-{datetime.now(tz=UTC):%Y%m%dT%H%M%S%f}.txt"
    text = "".join(traceback.format_exception(error))
    try:
        with open(os.open(report, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 – Path cannot create with a mode
            file.write(text)
        hint = f"This is a mistake in Machiya. Please report it with {report}."
    except OSError:
        hint = f"This is a mistake in Machiya. Please report it: {text.strip().splitlines()[-1]}"
    console.show_error(InternalError(f"unexpected {type(error).__name__}: {error}", hint=hint), as_json=as_json)


class InternalError(MachiyaError):
    """Something nobody foresaw; the details were written to a file."""

    code = "internal"
    exit_code = exit_codes.INTERNAL
