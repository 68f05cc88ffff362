"""What the schema says about one setting, ready for messages, the sample file and the reference pages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from machiya.core.sizes import format_size, parse_size
from machiya.settings.schema import SECRETS, SECTIONS


@dataclass(frozen=True, slots=True)
class Described:
    """One setting: ``default`` as TOML text, ``allowed`` in words (empty: any text), both descriptions."""

    section: str
    name: str
    default: str
    unit: str
    allowed: str
    english: str
    japanese: str

    @property
    def path(self) -> str:
        """``section.name``"""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"MACHIYA_{self.section}__{self.name}".upper()

    @property
    def secret(self) -> bool:
        """It lives in secrets.age."""
        return self.section == SECRETS

    def text(self, language: str) -> str:
        """Its description in ``en`` or ``ja``."""
        return self.japanese if language == "ja" else self.english


def describe(section: str, name: str) -> Described:
    """What the schema says about ``section.name``."""
    field = SECTIONS[section].model_fields[name]
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = str(extra.get("unit", ""))
    return Described(
        section=section,
        name=name,
        default=toml_value(field.default, unit),
        unit=unit,
        allowed=_allowed(field, unit),
        english=field.description or "",
        japanese=str(extra.get("ja", "")),
    )


def describe_all() -> Iterator[Described]:
    """Every setting in the order of the file."""
    for section, model in SECTIONS.items():
        for name in model.model_fields:
            yield describe(section, name)


def toml_value(value: Any, unit: str = "") -> str:
    """How a value is written in the file; bytes as ``"25 MiB"`` where that is exact."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if unit == "bytes" and value and parse_size(format_size(value)) == value:
        return json.dumps(format_size(value))
    if isinstance(value, str | PurePath):
        return json.dumps(str(value), ensure_ascii=False)
    return '""' if isinstance(value, SecretStr) else str(value)


def _allowed(field: FieldInfo, unit: str) -> str:
    if get_origin(field.annotation) is Literal:
        return " or ".join(json.dumps(choice) for choice in get_args(field.annotation))
    if field.annotation is bool:
        return "true or false"
    low, high = _limits(field, "ge", "gt"), _limits(field, "le", "lt")
    if not low or not high:
        return ""
    exclusive = any(getattr(rule, "gt", None) == max(low) for rule in field.metadata)
    return f"{'> ' if exclusive else ''}{_limit(max(low), unit)} … {_limit(min(high), unit)}"


def _limits(field: FieldInfo, *kinds: str) -> list[float]:
    limits = [getattr(rule, kind, None) for rule in field.metadata for kind in kinds]
    return [limit for limit in limits if limit is not None]


def _limit(value: float, unit: str) -> str:
    return format_size(int(value)) if unit == "bytes" else f"{value:g}"
