"""The time zone of this machine by its name, for what people read and write."""

from pathlib import Path
from zoneinfo import ZoneInfo

from machiya.settings.sources import process_environment

UNKNOWN = "UTC"
_LINK, _FILE = Path("/etc/localtime"), Path("/etc/timezone")


def time_zone_here(link: Path = _LINK, file: Path = _FILE, named: str | None = None) -> str:
    """As TZ says, which a container of ours is given; else as this machine is set. UTC where it cannot be told.

    ``named``: what TZ says, this process's own unless given.
    """
    said = process_environment().get("TZ", "") if named is None else named
    for name in (said.removeprefix(":"), _target_of(link), _line_of(file)):
        if _is_known(name):
            return UNKNOWN if name == "Etc/UTC" else name
    return UNKNOWN


def _target_of(link: Path) -> str:
    try:
        return str(link.resolve()).partition("/zoneinfo/")[2]
    except (OSError, RuntimeError):  # a link that leads to itself
        return ""


def _line_of(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _is_known(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name).key == name
    except (KeyError, OSError, ValueError):
        return False
