"""Asking a person: questions, hidden passwords, yes or no – and clear words where nobody can answer."""

import sys

import typer

from machiya.core.errors import InvalidInput, Refused


def somebody_is_there() -> bool:
    """Whether questions can be answered."""
    return sys.stdin.isatty()


def question(text: str, default: str, *, flag: str) -> str:
    """Ask for one line.

    Raises:
        InvalidInput: nobody is there to answer; the hint names ``flag``.
    """
    if not somebody_is_there():
        raise InvalidInput(f"{text}: nobody is here to answer", hint=f"Give it as {flag}, or take defaults with --yes.")
    return str(typer.prompt(text, default=default or None, err=True)).strip()


def agreed(text: str, *, yes: bool) -> None:
    """Go on only after a yes.

    Raises:
        Refused: the answer was no, or nobody is there to give one.
    """
    if yes:
        return
    if not somebody_is_there():
        raise Refused(f"{text} Nobody is here to answer.", hint="Run it again with --yes if you mean it.")
    if not typer.confirm(text, default=False, err=True):
        raise Refused("not confirmed, nothing was changed", hint="Answer y, or give --yes, to go on.")


def hidden(text: str, *, twice: bool = False) -> str:
    """A secret: from a hidden prompt, or one line of stdin where that is no terminal; never from an argument.

    Raises:
        InvalidInput: it is empty.
    """
    value = typer.prompt(text, hide_input=True, confirmation_prompt=twice, err=True) if somebody_is_there() else _line()
    if not value:
        raise InvalidInput(f"{text}: nothing was given", hint="Type it at the prompt or write it to standard input.")
    return str(value)


def optional_hidden(text: str) -> str:
    """As ``hidden`` at a prompt, but Enter alone is an answer: empty."""
    return str(typer.prompt(text, hide_input=True, default="", show_default=False, err=True))


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def new_password(*, from_stdin: bool, generate: bool) -> str | None:
    """A password for a mailbox; None: one is to be generated.

    Raises:
        InvalidInput: both ways were asked for, or nobody is there to answer.
    """
    if from_stdin and generate:
        raise InvalidInput("--password-stdin and --generate-password exclude one another", hint="Give one of them.")
    if generate:
        return None
    if not from_stdin and not somebody_is_there():
        raise InvalidInput(
            "a password is needed and nobody is here to type it", hint="Use --generate-password or --password-stdin."
        )
    return _given_line() if from_stdin else hidden("Password", twice=True)


def _given_line() -> str:
    line = _line()
    if not line:
        raise InvalidInput("standard input holds no password", hint="Write it there as one line.")
    return line
