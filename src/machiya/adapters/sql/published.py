"""What the accounts publish, in the database: only rows that changed are written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, select

from machiya.accounts.published import Publication, PublishedAddress, PublishedMailbox
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables import (
    published_addresses,
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
    return PublishedMailbox(row.login, row.password, row.quota_bytes, row.enabled)


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
            {"login": one.login, "password": one.password, "quota_bytes": one.quota_bytes, "enabled": one.enabled}
            for one in publication.mailboxes
        ],
    }


def _replace(connection: Connection, table: Table, rows: Iterable[Values]) -> bool:
    wanted = {_key(table, row): row for row in rows}
    present = {_key(table, row): row for row in map(dict, connection.execute(select(table)).mappings())}
    gone = [_key_values(table, present[key]) for key in present.keys() - wanted.keys()]
    changed = [row for key, row in wanted.items() if present.get(key) != row]
    if gone:
        same_key = (column == bindparam(f"key_{column.name}") for column in table.primary_key)
        connection.execute(delete(table).where(*same_key), gone)
    if changed:
        connection.execute(upsert(table, connection.dialect), changed)
    return bool(gone or changed)


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _key_values(table: Table, row: Values) -> Values:
    return {f"key_{column.name}": row[column.name] for column in table.primary_key}
