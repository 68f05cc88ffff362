"""What pydantic found wrong, said as ``path: message`` to a person; a secret's value is never part of it."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from machiya.core.sizes import format_size
from machiya.settings.describe import describe
from machiya.settings.names import did_you_mean
from machiya.settings.schema import SECRETS, SECTIONS
from machiya.settings.sources import Found

_TYPES = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": 'text in "quotes"',
    "path_type": 'a path in "quotes"',
}
_LIMITS = {"greater_than": ("gt", "more than"), "greater_than_equal": ("ge", "at least"),
           "less_than": ("lt", "less than"), "less_than_equal": ("le", "at most")}  # fmt: skip


def mistakes_of(error: ValidationError, found: Found) -> Iterator[str]:
    """One line a mistake, with where the value was written."""
    for detail in error.errors(include_url=False):
        section, name = str(detail["loc"][0]), str(detail["loc"][1])
        yield f"{section}.{name}: {_message(section, name, detail)}{found.where((section, name))}"


def _message(section: str, name: str, detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return f"there is no such setting{did_you_mean(name, SECTIONS[section].model_fields)}"
    shown = "the value" if section == SECRETS else _shown(detail["input"])
    return f"{shown} {_wrong(section, name, kind, detail)}"


def _wrong(section: str, name: str, kind: str, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    described = describe(section, name)
    if kind == "literal_error":
        return f"is not allowed; use {described.allowed}"
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"is out of range: {words} {_number(context[key], described.unit)}"
    if kind in _TYPES:
        return f"is not {_TYPES[kind]}"
    return f"cannot be used: {context.get('error') or detail['msg']}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _number(limit: float, unit: str) -> str:
    return format_size(int(limit)) if unit == "bytes" else f"{limit:g} {unit}".strip()
