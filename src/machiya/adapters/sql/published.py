"""What the accounts publish, in the database: only rows that changed are written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Row, Table, bindparam, delete, select, type_coerce
from sqlalchemy.types import NullType

from machiya.accounts.published import Publication, PublishedAddress, PublishedAppPassword, PublishedMailbox
from machiya.adapters.sql.statements import bind_processor, upsert
from machiya.adapters.sql.tables.published import (
    published_addresses,
    published_app_passwords,
    published_domains,
    published_mailboxes,
    published_targets,
)
from machiya.core.recipients import RefusalReason

Values = dict[str, Any]


def read_publication(connection: Connection) -> Publication:
    """What is published now."""
    targets: dict[str, list[Any]] = {}
    ordered = select(published_targets).order_by(published_targets.c.pattern, published_targets.c.position)
    for row in connection.execute(ordered):
        targets.setdefault(row.pattern, []).append(row.mailbox)
    return Publication.sorted(
        domains=_all(connection, published_domains, lambda row: row.name),
        addresses=_all(connection, published_addresses, lambda row: _address(row, targets.get(row.pattern, ()))),
        mailboxes=_all(connection, published_mailboxes, _mailbox),
        app_passwords=_all(
            connection, published_app_passwords, lambda row: PublishedAppPassword(row.login, row.digest)
        ),
    )


def write_publication(connection: Connection, publication: Publication) -> bool:
    """Make the published tables say this; whether anything had to be written."""
    written = [_replace(connection, table, rows) for table, rows in _rows(publication).items()]
    return any(written)


def _all(connection: Connection, table: Table, make: Callable[[Row[Any]], Any]) -> list[Any]:
    return [make(row) for row in connection.execute(select(table))]


def _address(row: Row[Any], mailboxes: Sequence[Any]) -> PublishedAddress:
    refusal = None if row.refusal is None else RefusalReason(row.refusal)
    return PublishedAddress(row.pattern, row.entry, tuple(mailboxes), refusal, tuple(row.path))


def _mailbox(row: Row[Any]) -> PublishedMailbox:
    return PublishedMailbox(row.login, row.password, row.quota_bytes, row.enabled, row.app_passwords_required)


def _rows(publication: Publication) -> Mapping[Table, list[Values]]:
    addresses = publication.addresses
    return {
        published_domains: [{"name": name} for name in publication.domains],
        published_addresses: [
            {"pattern": one.pattern, "entry": one.entry, "refusal": one.refusal, "path": list(one.path)}
            for one in addresses
        ],
        published_targets: [
            {"pattern": one.pattern, "position": position, "mailbox": mailbox}
            for one in addresses
            for position, mailbox in enumerate(one.mailboxes)
        ],
        published_mailboxes: [
            {
                "login": one.login,
                "password": one.password,
                "quota_bytes": one.quota_bytes,
                "enabled": one.enabled,
                "app_passwords_required": one.app_passwords_required,
            }
            for one in publication.mailboxes
        ],
        published_app_passwords: [{"login": one.login, "digest": one.digest} for one in publication.app_passwords],
    }


def _replace(connection: Connection, table: Table, rows: Sequence[Values]) -> bool:
    """Compared as the database keeps them: ten thousand addresses need not become values first."""
    keep = _Keeper(table, connection.dialect)
    wanted = {keep.kept(row): row for row in rows}
    present = {tuple(row) for row in connection.execute(keep.everything)}
    changed = [row for kept, row in wanted.items() if kept not in present]
    gone = {keep.key(kept) for kept in present.difference(wanted)} - {keep.key(kept) for kept in wanted}
    if gone:
        connection.execute(keep.delete, [dict(zip(keep.key_names, key, strict=True)) for key in gone])
    if changed:
        connection.execute(upsert(table, connection.dialect), changed)
    return bool(gone or changed)


class _Keeper:
    """A table whose values stay as the driver has them."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self._processors = [(column.name, bind_processor(column.type, dialect)) for column in table.columns]
        self._key_size = len(table.primary_key)  # the key's columns are the first ones of each of these tables
        raw = [type_coerce(column, NullType()).label(column.name) for column in table.columns]
        self.everything = select(*raw)
        self.key_names = [f"key_{column.name}" for column in table.primary_key]
        same = [type_coerce(column, NullType()) == bindparam(f"key_{column.name}") for column in table.primary_key]
        self.delete = delete(table).where(*same)

    def kept(self, row: Values) -> tuple[Any, ...]:
        return tuple(process(row[name]) if process else row[name] for name, process in self._processors)

    def key(self, kept: tuple[Any, ...]) -> tuple[Any, ...]:
        return kept[: self._key_size]
