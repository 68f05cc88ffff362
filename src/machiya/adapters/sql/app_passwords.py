"""App passwords as rows: each with its last use, which somebody else writes (adapters/mariadb/last_use.py)."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row, Select, select

from machiya.accounts.model import AppPassword, LastUse
from machiya.accounts.published import PublishedAppPassword
from machiya.adapters.sql.tables.accounts import app_password_uses, app_passwords
from machiya.core.addresses import EmailAddress

TABLE = app_passwords
DIGESTS = select(app_passwords.c.mailbox, app_passwords.c.digest)
"""All there are, for publication."""


def with_uses(mailbox: EmailAddress) -> Select[Any]:
    """Those of one mailbox, oldest first."""
    uses = app_password_uses
    return (
        select(app_passwords, uses.c.used_at, uses.c.protocol, uses.c.client_address)
        .outerjoin(uses, uses.c.digest == app_passwords.c.digest)
        .where(app_passwords.c.mailbox == mailbox)
        .order_by(app_passwords.c.created_at, app_passwords.c.id)
    )


def of_rows(rows: Iterable[Row[Any]]) -> tuple[AppPassword, ...]:
    """The values of what ``with_uses`` found."""
    return tuple(AppPassword(row.id, row.mailbox, row.name, row.digest, row.created_at, _last_use(row)) for row in rows)


def values_of(one: AppPassword) -> dict[str, Any]:
    """Its row."""
    return {
        "id": one.id,
        "mailbox": one.mailbox,
        "name": one.name,
        "digest": one.digest,
        "created_at": one.created_at,
    }


def published(rows: Iterable[Row[Any]]) -> Iterator[PublishedAppPassword]:
    """What ``DIGESTS`` found, to be published."""
    return (PublishedAppPassword(row.mailbox, row.digest) for row in rows)


def _last_use(row: Row[Any]) -> LastUse | None:
    return None if row.used_at is None else LastUse(row.used_at, row.protocol, row.client_address)
