"""How a setting is declared: default, both languages, unit and limits in one place."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from machiya.core.errors import InvalidInput
from machiya.core.sizes import GIB, parse_size

LARGEST_SIZE = 1024 * 1024 * GIB


def _size(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_size(value)
    except InvalidInput as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


Size = Annotated[int, BeforeValidator(_size), Field(ge=0, le=LARGEST_SIZE)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]


def setting(default: Any, *, en: str, ja: str, unit: str = "", **limits: Any) -> Any:
    """A field with its default, its description in English and Japanese, and its unit.

    ``limits`` are pydantic's own (``ge``, ``le``, ``pattern`` …).
    """
    return Field(default, description=en, json_schema_extra={"ja": ja, "unit": unit}, **limits)


class Section(BaseModel):
    """A part of the file: frozen, unknown keys refused; ``about`` is what it is for, in English and Japanese."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)

    about: ClassVar[tuple[str, str]] = ("", "")

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        """Python takes true for 1; nobody who writes ``port = true`` means port 1."""
        wanted = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and wanted is not bool:
            raise ValueError("true or false is no value for this setting")
        return value
