"""A form as it was sent: values read one by one, mistakes beside their fields, secrets never shown again."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from machiya.core.errors import MachiyaError, Unavailable
from machiya.entrypoints.usermgmt.errors import status_of
from machiya.entrypoints.usermgmt.i18n.errors import in_words
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked

T = TypeVar("T")
LONGEST = 1000
_NEEDED = marked("This field is needed.")
_LONG = marked("This is too long.")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a field (empty name: with the whole) and what to do."""

    field: str
    message: str
    hint: str = ""


class Form:
    """``values`` are shown again beside ``mistakes``; what ``secret`` read is not among them."""

    def __init__(self, given: Mapping[str, str] | None = None, **shown: object) -> None:
        self._given = given or {}
        self.values: dict[str, str] = {name: str(value) for name, value in shown.items()}
        self.mistakes: list[Mistake] = []
        self.status = 400

    def text(self, name: str, *, needed: bool = True, longest: int = LONGEST) -> str:
        """One value without white space around it."""
        value = self._read(name, longest).strip()
        self.values[name] = value[:longest]
        return self._present(name, value, needed=needed)

    def secret(self, name: str, *, needed: bool = True) -> str:
        """A password or code, exactly as it was typed; never shown again."""
        return self._present(name, self._read(name, LONGEST), needed=needed)

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        ticked = name in self._given
        self.values[name] = "yes" if ticked else ""
        return ticked

    def parsed(self, name: str, parse: Callable[[str], T], *, needed: bool = True) -> T | None:
        """One value as ``parse`` reads it; None: it is empty or wrong."""
        text = self.text(name, needed=needed)
        if not text:
            return None
        with self.catching(name):
            return parse(text)
        return None

    @contextmanager
    def catching(self, field: str = "") -> Iterator[None]:
        """What the house refuses is said beside ``field``; a part that is down gets a page of its own."""
        try:
            yield
        except Unavailable:
            raise
        except MachiyaError as error:
            message, hint = in_words(error)
            self.mistakes.append(Mistake(field, message, hint))
            self.status = status_of(error)

    def refuse(self, field: str, message: str, hint: str = "") -> None:
        """Say what is wrong; ``message`` and ``hint`` are in the visitor's language."""
        self.mistakes.append(Mistake(field, message, hint))

    @property
    def good(self) -> bool:
        """Whether nothing was wrong so far."""
        return not self.mistakes

    def mistake(self, name: str) -> Mistake | None:
        """The first mistake of a field."""
        return next((mistake for mistake in self.mistakes if mistake.field == name), None)

    def _read(self, name: str, longest: int) -> str:
        value = self._given.get(name, "")
        if len(value) > longest:
            self.refuse(name, gettext(_LONG))
        return value

    def _present(self, name: str, value: str, *, needed: bool) -> str:
        if needed and not value:
            self.refuse(name, gettext(_NEEDED))
        return value
