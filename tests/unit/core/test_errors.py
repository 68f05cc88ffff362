"""The tree drawn in the docstring is the tree there is."""

import inspect
import re

import pytest

from machiya.core import errors
from machiya.core.errors import ConfigurationError, MachiyaError, Unavailable

DRAWN = re.compile(r"^ {4}(?P<branch>[│├└─ ]*)(?P<name>[A-Z][A-Za-z]+)", re.MULTILINE)
CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, MachiyaError)]


def drawn_parents() -> dict[str, str | None]:
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in DRAWN.finditer(errors.__doc__ or ""):
        depth = len(line["branch"]) // 4
        path[depth:] = [line["name"]]
        parents[line["name"]] = path[depth - 1] if depth else None
    return parents


def test_docstring_draws_every_class_under_its_parent() -> None:
    real = {kind.__name__: kind.__base__.__name__ if kind is not MachiyaError else None for kind in CLASSES}  # type: ignore[union-attr]
    assert drawn_parents() == real


def test_codes_are_words_for_scripts_and_each_is_used_once() -> None:
    codes = [kind.code for kind in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z][a-z_]*", code) for code in codes)


def test_exit_codes_are_never_success_or_a_signal() -> None:
    assert all(0 < kind.exit_code < 64 for kind in CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_error_carries_what_happened_and_what_to_do(kind: type[MachiyaError]) -> None:
    error = kind("it broke", hint="Mend it.")
    assert (str(error), error.message, error.hint) == ("it broke", "it broke", "Mend it.")


def test_permanent_is_false_only_where_waiting_helps() -> None:
    assert [kind for kind in CLASSES if not kind.permanent] == [Unavailable]


def test_configuration_error_carries_every_mistake() -> None:
    assert ConfigurationError("two mistakes", mistakes=("a: b", "c: d")).mistakes == ("a: b", "c: d")
