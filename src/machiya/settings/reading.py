"""All sources merged into one checked ``Settings``, and where each value came from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from machiya.core.errors import ConfigurationError
from machiya.settings.checks import cross_check
from machiya.settings.describe import Described, describe_all, toml_value
from machiya.settings.house_sections import StorageSettings
from machiya.settings.mistakes import mistakes_of
from machiya.settings.schema import SECRETS, SECTIONS, Settings
from machiya.settings.sources import CONFIGURATION_FILE, Found, process_environment, read_sources

HOUSE_VARIABLE = "MACHIYA_HOUSE"
DEFAULT_HOUSE = Path("house")
_PASSWORD_IN_URL = re.compile(r"(://[^/@:]*:)[^/@]+@")


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting as it is now: ``value`` as TOML text, for a secret ``set`` or ``not set``.

    ``source``: ``default``, ``machiya.toml:LINE``, ``environment NAME``, ``secrets.age`` or the folder of the secrets.
    """

    path: str
    value: str
    source: str
    unit: str = ""


def house_folder(given: Path | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """The house's folder, absolute: the one given, else ``MACHIYA_HOUSE``, else ``./house``."""
    if given is not None:
        return given.expanduser().absolute()
    named = (process_environment() if environment is None else environment).get(HOUSE_VARIABLE, "")
    return (Path(named) if named else DEFAULT_HOUSE).expanduser().absolute()


def load(house: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Defaults < machiya.toml < secrets.age < environment, merged and checked.

    A missing file counts as empty; ``environment`` is this process's own unless given. Relative storage folders become
    absolute ones under ``house``.

    Raises:
        ConfigurationError: with every mistake found, one ``path: message`` each.
    """
    return _load(house, environment)[0]


def origins(house: Path, environment: Mapping[str, str] | None = None) -> tuple[Origin, ...]:
    """Every setting with its value and where it came from.

    Raises:
        ConfigurationError: as ``load``.
    """
    settings, found = _load(house, environment)
    return tuple(_origin(described, settings, found) for described in describe_all())


def _load(house: Path, environment: Mapping[str, str] | None) -> tuple[Settings, Found]:
    root = house.expanduser().absolute()
    found = read_sources(root, process_environment() if environment is None else environment)
    settings = _merged(root, found)
    for path, message in cross_check(settings, found.in_file):
        section, name = path.split(".")
        found.mistakes.append(f"{path}: {message}{found.where((section, name))}")
    if found.mistakes:
        raise _refusal(root, found)
    return settings, found


def _refusal(root: Path, found: Found) -> ConfigurationError:
    return ConfigurationError(
        f"the configuration in {root} has {_counted(len(found.mistakes))}",
        hint=f"Correct {CONFIGURATION_FILE} or the environment; machiya config sample shows every setting.",
        mistakes=tuple(found.mistakes),
    )


def _counted(mistakes: int) -> str:
    return "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"


def _merged(root: Path, found: Found) -> Settings:
    """What cannot be used is noted and its default stands in, so that the rules between settings are checked too."""
    try:
        settings = Settings.model_validate(_nested(found) | {"root": root})
    except ValidationError as error:
        found.mistakes.extend(mistakes_of(error, found))
        for detail in error.errors():
            found.values.pop((str(detail["loc"][0]), str(detail["loc"][1])), None)
        settings = Settings.model_validate(_nested(found) | {"root": root})
    return settings.model_copy(update={"storage": _resolved(settings.storage, root)})


def _nested(found: Found) -> dict[str, Any]:
    data: dict[str, Any] = {section: {} for section in SECTIONS}
    for (section, name), value in found.values.items():
        data[section][name] = value
    return data


def _resolved(storage: StorageSettings, root: Path) -> StorageSettings:
    """``normpath`` rather than ``resolve``: a link that leads to another disk stays as it was written."""
    folders = {name: _folder(getattr(storage, name), root) for name in type(storage).model_fields}
    return storage.model_copy(update=folders)


def _folder(path: Path, root: Path) -> Path:
    return Path(normpath(root / path.expanduser()))


def _origin(described: Described, settings: Settings, found: Found) -> Origin:
    name = (described.section, described.name)
    value = getattr(getattr(settings, described.section), described.name)
    return Origin(
        path=described.path,
        value=_shown(value, described),
        source=found.origins.get(name, "default"),
        unit=described.unit,
    )


def _shown(value: Any, described: Described) -> str:
    if described.section == SECRETS and isinstance(value, SecretStr):
        return "set" if value.get_secret_value() else "not set"
    return _PASSWORD_IN_URL.sub(r"\1***@", toml_value(value, described.unit))
