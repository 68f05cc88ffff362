"""What the values of a manifest may be. Everybody who has the keys of a vault can write one, so nothing is believed."""

import base64
import json
import re
from datetime import datetime
from typing import Any

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PACK = re.compile(r"packs/[0-9a-f]{64}\.tar\.zst(?:\.age)?")
_LARGEST = 2**63 - 1
_LARGEST_ID = 2**32 - 2
_LARGEST_MODE = 0o7777
_LONGEST_VERSION = 1024
_FIRST_YEAR, _LAST_YEAR = 1970, 9998


def parsed(line: bytes) -> dict[str, Any]:
    """An object of JSON.

    Raises:
        ValueError: it is none, or nested deeper than anything that Machiya writes.
    """
    try:
        data = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(data, dict):
        raise ValueError("no object")  # noqa: TRY004 – of a file, not of a caller
    return data


def number(value: object) -> int:
    """A whole number that a file system and SQLite can hold; ``True`` and 5.0 are none.

    Raises:
        ValueError: it is not.
    """
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise ValueError("no such number")
    return value


def attributes(data: dict[str, Any]) -> tuple[int, int, int, int]:
    """``mode`` (permission bits), ``uid``, ``gid`` and ``mtime_ns``, negative before 1970; there may be a million.

    Raises:
        KeyError, ValueError: one is not there, or no such number.
    """
    found = mode, uid, gid, mtime_ns = data["mode"], data["uid"], data["gid"], data["mtime_ns"]
    if (
        type(mode) is type(uid) is type(gid) is type(mtime_ns) is int
        and 0 <= mode <= _LARGEST_MODE
        and 0 <= uid <= _LARGEST_ID
        and 0 <= gid <= _LARGEST_ID
        and -_LARGEST <= mtime_ns <= _LARGEST
    ):
        return found
    raise ValueError("no such number")


def text(value: object) -> str:
    """A text that can be written down: no lone surrogates, no null.

    Raises:
        ValueError: it is none.
    """
    if type(value) is not str or "\0" in value:
        raise ValueError("no text")
    value.encode()
    return value


def name(value: object) -> str:
    """As Python names what a file system has: what is not UTF-8 in it stands as escapes.

    Raises:
        ValueError: no such name.
    """
    if type(value) is not str or not value or "\0" in value:
        raise ValueError("no name")
    value.encode(errors="surrogateescape")
    return value


def sha256(value: object) -> str:
    """64 hex digits.

    Raises:
        ValueError: they are not.
    """
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise ValueError("no SHA-256")
    return value


def pack(value: object) -> str:
    """The key of a pack.

    Raises:
        ValueError: it is none.
    """
    if type(value) is not str or not _PACK.fullmatch(value):
        raise ValueError("no pack")
    return value


def version(value: object) -> str:
    """A VersionId.

    Raises:
        ValueError: longer than one is.
    """
    found = text(value)
    if len(found) > _LONGEST_VERSION:
        raise ValueError("no version")
    return found


def moment(value: object) -> datetime:
    """A time that says its zone.

    Raises:
        ValueError: it does not, or is of no year in which there were computers to take a snapshot.
    """
    found = datetime.fromisoformat(text(value))
    if found.utcoffset() is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError("no time")
    return found


def octets(data: dict[str, Any], name: str) -> bytes:
    """What ``named`` was given.

    Raises:
        KeyError, TypeError, ValueError: it is not there, or not like that.
    """
    encoded = data.get(f"{name}_base64")
    if encoded is not None:
        return base64.b64decode(encoded, validate=True)
    value = data[name]
    if type(value) is not str:
        raise ValueError(name)
    return value.encode()


def named(name: str, value: bytes) -> dict[str, str]:
    """As text where it is UTF-8, else in base64 under another name."""
    try:
        return {name: value.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value).decode()}
