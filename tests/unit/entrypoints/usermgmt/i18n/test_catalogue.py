"""Every text of the pages has its Japanese, every sentence of the rooms too, and nothing stands there for nobody."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract

import machiya
from machiya.entrypoints.usermgmt.i18n.catalogue import texts

ROOT = Path(machiya.__file__).parent
PAGES = ROOT / "entrypoints" / "usermgmt"
SAYERS = ("accounts", "access", "core/addresses.py", "core/sizes.py", "adapters/dovecot/mailbox_files.py")
ROOMS = [ROOT / name for name in SAYERS]
# What is said when it starts, on a terminal.
AT_THE_START = {"certificates.py", "server.py", "run.py"}
MAIL = [
    ROOT / "mail" / f"{name}.py" for name in ("quarantine", "quarantine_ledger", "trace", "outgoing_trace", "placing")
]
KEYWORDS = {"_": None, "gettext": None, "marked": None}
# What is called with a message and a hint, or tells something.
SAYING = {"_check", "Warned", "Verdict", "StoreOutcome"}
AS_ROOT = "As root of the house's machine: machiya mailbox remove ADDRESS, or machiya domain remove DOMAIN."
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
PLACES = re.compile(r"%\(\w+\)s|\{\d\}")


def msgids() -> set[str]:
    """What templates and code of the pages say."""
    found = set()
    for path in [*PAGES.rglob("*.html"), *PAGES.rglob("*.py")]:
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        with path.open("rb") as file:
            found |= {str(message) for _, message, _, _ in extract(method, file, KEYWORDS)}
    return found


@cache
def trees() -> tuple[ast.Module, ...]:
    rooms = [path for room in ROOMS for path in ([room] if room.suffix else room.rglob("*.py"))]
    pages = [path for path in PAGES.rglob("*.py") if path.name not in AT_THE_START]
    return tuple(ast.parse(path.read_text("utf-8")) for path in [*rooms, *MAIL, *pages])


def sentences(node: ast.AST) -> Iterator[str]:
    """The texts an expression may be, what is filled in as ``{0}``, ``{1}`` …"""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.sub(r"\{[a-z]+\}", "{0}", node.value)
    elif isinstance(node, ast.JoinedStr):
        holes = iter(range(len(node.values)))
        yield "".join(
            str(piece.value) if isinstance(piece, ast.Constant) else f"{{{next(holes)}}}" for piece in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from sentences(node.body)
        yield from sentences(node.orelse)


def raised() -> set[str]:
    """Messages and hints of everything that is raised or told."""
    found = set()
    for tree in trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            hints = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
            if hints or getattr(call.func, "id", "") in SAYING:
                found |= {text for argument in (*call.args, *hints) for text in sentences(argument)}
    return {text for text in found if " " in text.strip()}


def written() -> set[str]:
    """Every text in those modules."""
    return {text for tree in trees() for node in ast.walk(tree) for text in sentences(node)}


def journey_sentences() -> set[str]:
    """What a journey tells: every text with two words in the two modules that tell it, docstrings left out."""
    found = set()
    for name in ("trace", "outgoing_trace"):
        tree = ast.parse((ROOT / "mail" / f"{name}.py").read_text("utf-8"))
        told = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda | ast.Return | ast.Dict)]
        found |= {text for part in told for node in ast.walk(part) for text in sentences(node)}
    return {text for text in found if re.search(r"[a-z]{2,} [a-z]", text)}


def test_every_text_of_the_pages_has_its_japanese_and_none_is_left_over() -> None:
    assert msgids() == set(texts("ja"))


def test_every_error_of_the_rooms_has_its_japanese() -> None:
    assert len(raised()) > 120
    assert raised() - set(texts("ja_rooms")) == set()


def test_every_step_of_a_journey_has_its_japanese() -> None:
    pieces = {text for text in journey_sentences() if not any(text in other for other in texts("ja_rooms"))}
    assert pieces == set()


@pytest.mark.parametrize("table", ["ja_rooms", "en_rooms"])
def test_no_sentence_is_left_over_from_what_the_rooms_once_said(table: str) -> None:
    assert set(texts(table)) - written() == set()


@pytest.mark.parametrize("table", ["ja", "ja_rooms"])
def test_japanese_is_japanese_and_fills_in_what_the_english_does(table: str) -> None:
    odd = {"%(used)s", "{0}", "At most"}
    strange = [
        message
        for message, text in texts(table).items()
        if not JAPANESE.search(text) or not set(PLACES.findall(text)) <= set(PLACES.findall(message))
    ]
    assert [message for message in strange if not any(part in message for part in odd)] == []


def test_a_page_names_no_command_line_in_either_language() -> None:
    told = {message: text for table in ("ja_rooms", "en_rooms") for message, text in texts(table).items()}
    assert [message for message, text in told.items() if "machiya " in text] == [AS_ROOT]
    english = {text for text in texts("ja_rooms") if re.search(r"\bmachiya [a-z]", text)}
    assert english - set(texts("en_rooms")) == {"It is an alias: machiya alias show ", AS_ROOT}
