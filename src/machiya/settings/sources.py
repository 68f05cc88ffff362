"""Where a value comes from, read as it is: machiya.toml, environment, secrets (secrets.age, or files in a folder)."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machiya.settings.names import did_you_mean
from machiya.settings.schema import SECRETS, SECTIONS
from machiya.settings.secret_folder import FOLDER_VARIABLE, secrets_in

CONFIGURATION_FILE = "machiya.toml"
SECRETS_FILE = "secrets.age"
HOST_KEY_FILE = "host.key"
PREFIX = "MACHIYA_"
OTHER_VARIABLES = ("MACHIYA_HOUSE", FOLDER_VARIABLE)

_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\-\"' ]+?)\s*=")
_POSITION = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)")

Name = tuple[str, str]


@dataclass
class Found:
    """What the sources say: values by (section, field), where each came from, and mistakes of the sources themselves.

    ``lines`` holds the line of a name in machiya.toml, for messages.
    """

    values: dict[Name, Any] = field(default_factory=dict)
    origins: dict[Name, str] = field(default_factory=dict)
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def put(self, name: Name, value: Any, origin: str) -> None:
        """A later source wins over an earlier one."""
        self.values[name] = value
        self.origins[name] = origin

    def where(self, name: Name) -> str:
        """`` (machiya.toml:12)``: where its value was written; empty for a default."""
        return f" ({self.origins[name]})" if name in self.origins else ""

    @property
    def in_file(self) -> set[str]:
        """The settings (``section.name``) whose value stands in machiya.toml."""
        return {".".join(name) for name, origin in self.origins.items() if origin.startswith(CONFIGURATION_FILE)}

    def line_of(self, section: str) -> str:
        """`` (machiya.toml:LINE)`` of a whole section, where the line is known."""
        line = self.lines.get((section,))
        return f" ({CONFIGURATION_FILE}:{line})" if line else ""


def process_environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ  # noqa: TID251 – settings is its one reader


def read_sources(house: Path, environment: Mapping[str, str]) -> Found:
    """Everything the house's files and the environment say, in the order in which they win.

    Where ``MACHIYA_SECRETS_FOLDER`` names a folder of secrets, secrets.age is left alone: a container has no key to it.
    """
    found = Found()
    _read_file(house / CONFIGURATION_FILE, found)
    folder = environment.get(FOLDER_VARIABLE, "")
    if folder:
        _read_secrets_folder(Path(folder), found)
    else:
        _read_secrets(house, found)
    _read_environment(environment, found)
    return found


def _read_file(path: Path, found: Found) -> None:
    text = _text_of(path, found)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found.mistakes.append(_syntax_mistake(str(error), text))
        return
    found.lines = lines_of(text)
    for section, content in data.items():
        _take_section(section, content, found)


def _text_of(path: Path, found: Found) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        found.mistakes.append(f"{path.name}: not UTF-8 text (byte {error.start}); save it as UTF-8")
    except OSError as error:
        found.mistakes.append(f"{path.name}: cannot be read: {error.strerror}")
    return ""


def _syntax_mistake(message: str, text: str) -> str:
    """``machiya.toml:LINE:COLUMN: what``; the parser counts both from 1."""
    position = _POSITION.fullmatch(message)
    if not position:
        return f"{CONFIGURATION_FILE}: {message}"
    line = position[2] or str(text.count("\n") + 1)
    return f"{CONFIGURATION_FILE}:{line}:{position[3] or 1}: {position[1]}"


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """In which line each table and key of a TOML text stands; the first one counts."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = _parts(header[1])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _take_section(section: str, content: Any, found: Found) -> None:
    where = found.line_of(section)
    if section == SECRETS:
        found.mistakes.append(f"{SECRETS}: no secret belongs into this file; use machiya secret set NAME{where}")
    elif section not in SECTIONS:
        found.mistakes.append(f"{section}: there is no such section{did_you_mean(section, SECTIONS)}{where}")
    elif not isinstance(content, dict):
        found.mistakes.append(f"{section}: is a section; write [{section}] and its settings below it{where}")
    else:
        for name, value in content.items():
            line = found.lines.get((section, name)) or found.lines.get((section,))
            found.put((section, name), value, f"{CONFIGURATION_FILE}:{line}" if line else CONFIGURATION_FILE)


def _read_environment(environment: Mapping[str, str], found: Found) -> None:
    for variable, value in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES:
            continue
        if variable in KNOWN_VARIABLES:
            found.put(KNOWN_VARIABLES[variable], value, f"environment {variable}")
        else:
            meant = did_you_mean(variable, [*KNOWN_VARIABLES, *OTHER_VARIABLES])
            found.mistakes.append(f"environment {variable}: there is no such setting{meant}")


def _variables() -> Iterator[tuple[str, Name]]:
    for section, model in SECTIONS.items():
        for name in model.model_fields:
            yield f"{PREFIX}{section}__{name}".upper(), (section, name)


KNOWN_VARIABLES: dict[str, Name] = dict(_variables())


def _read_secrets(house: Path, found: Found) -> None:
    if not (house / SECRETS_FILE).exists():
        return
    _take_secrets(_decrypted(house, found), SECRETS_FILE, found)


def _read_secrets_folder(folder: Path, found: Found) -> None:
    values, mistakes = secrets_in(folder)
    found.mistakes.extend(mistakes)
    _take_secrets(values, str(folder), found)


def _take_secrets(values: Mapping[str, Any], origin: str, found: Found) -> None:
    for name, value in values.items():
        if name in SECTIONS[SECRETS].model_fields:
            found.put((SECRETS, name), value, origin)
        else:
            meant = did_you_mean(name, SECTIONS[SECRETS].model_fields)
            found.mistakes.append(f"{SECRETS}.{name}: there is no such secret{meant} ({origin})")


def _decrypted(house: Path, found: Found) -> dict[str, Any]:
    """Only what went wrong is told, never what was read."""
    import pyrage  # noqa: PLC0415 – only a house with secrets pays for it

    try:
        identity = pyrage.x25519.Identity.from_str((house / HOST_KEY_FILE).read_text(encoding="ascii").strip())
        return tomllib.loads(pyrage.decrypt((house / SECRETS_FILE).read_bytes(), [identity]).decode())
    except OSError as error:
        name = Path(error.filename).name if error.filename else SECRETS_FILE
        found.mistakes.append(f"{SECRETS_FILE}: cannot be opened: {name}: {error.strerror}")
    except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError) as error:
        found.mistakes.append(f"{SECRETS_FILE}: cannot be opened with {HOST_KEY_FILE} ({type(error).__name__})")
    except tomllib.TOMLDecodeError:
        found.mistakes.append(f'{SECRETS_FILE}: what is inside is not name = "value" lines')
    return {}
