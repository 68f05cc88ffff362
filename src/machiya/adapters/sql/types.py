"""Column types that mean the same on SQLite and on MariaDB."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

from machiya.core.addresses import ADDRESS_OCTETS, DOMAIN_OCTETS, DomainName, EmailAddress

Processor = Callable[[Any], Any]

_TEXT_LENGTH = len("2026-11-23 10:00:00.123456")

Counter = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits everywhere; SQLite numbers rows by itself only in a plain INTEGER key."""

LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
"""Text as it is; TEXT ends at 64 KiB on MariaDB."""


def _is_sqlite(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with microseconds: aware UTC in Python; DATETIME(6) on MariaDB, sortable text on SQLite.

    Raises:
        ValueError: a naive datetime is written.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, which has no type for time."""
        return dialect.type_descriptor(String(_TEXT_LENGTH) if _is_sqlite(dialect) else mysql.DATETIME(fsp=6))

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Python to database."""
        return _time_to_text if _is_sqlite(dialect) else _time_to_naive

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Database to Python."""
        del coltype
        return _time_from_text if _is_sqlite(dialect) else _time_from_naive


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        msg = f"a time without an offset cannot be stored: {value!r}"
        raise ValueError(msg)
    return value.astimezone(UTC)


def _time_to_text(value: datetime | None) -> str | None:
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:_TEXT_LENGTH]


def _time_from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _time_to_naive(value: datetime | None) -> datetime | None:
    return None if value is None else _in_utc(value).replace(tzinfo=None)


def _time_from_naive(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


def storable(text: str) -> str:
    """``text`` without what a database or driver refuses: NUL and lone surrogates become U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class BoundedText(TypeDecorator[str]):
    """Text from strangers: cut to ``length`` characters, always storable; comparisons are cut the same way."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Clean and cut."""
        del dialect
        length = self.length

        def process(value: str | None) -> str | None:
            return None if value is None else storable(value[:length])

        return process


class AddressText(TypeDecorator[EmailAddress]):
    """A canonical address. What comes out was checked when it went in, so it is not parsed again."""

    impl = String(ADDRESS_OCTETS)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        """``local@domain``."""
        del dialect
        return _to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Back to the value."""
        del dialect, coltype
        return _address


class DomainText(TypeDecorator[DomainName]):
    """A canonical domain name."""

    impl = String(DOMAIN_OCTETS)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        """A-labels."""
        del dialect
        return _to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Back to the value."""
        del dialect, coltype
        return _domain


def _to_text(value: object) -> str | None:
    return None if value is None else str(value)


def _domain(value: str | None) -> DomainName | None:
    return None if value is None else DomainName(value)


def _address(value: str | None) -> EmailAddress | None:
    if value is None:
        return None
    local, _, domain = value.rpartition("@")
    return EmailAddress(local, DomainName(domain))


class JsonText(TypeDecorator[Any]):
    """Plain JSON values as ASCII text, so that any string survives, lone surrogates too."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """MEDIUMTEXT on MariaDB: TEXT ends at 64 KiB."""
        return dialect.type_descriptor(Text() if _is_sqlite(dialect) else mysql.MEDIUMTEXT())

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Dump."""
        del dialect
        return _dump

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Load."""
        del dialect, coltype
        return json.loads


LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
"""Text of any length: TEXT ends at 64 KiB on MariaDB."""

_dump = json.JSONEncoder(separators=(",", ":"), default=str).encode
