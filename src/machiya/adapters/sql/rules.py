"""The rules of mailboxes in the database, and the scripts that Dovecot reads."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from machiya.accounts.rules.model import PublishedScript, Rules
from machiya.accounts.rules.plain import from_plain, to_plain
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.accounts import mailbox_rules
from machiya.adapters.sql.tables.published import published_rules
from machiya.core.addresses import EmailAddress


def read_rules(connection: Connection, address: EmailAddress | None = None) -> tuple[Rules, ...]:
    """Those of one mailbox, or of all, by address."""
    query = select(mailbox_rules).order_by(mailbox_rules.c.address)
    chosen = query if address is None else query.where(mailbox_rules.c.address == address)
    return tuple(from_plain(row.address, row.rules) for row in connection.execute(chosen))


def write_rules(connection: Connection, rules: Rules) -> None:
    """Insert or update; empty ones are removed."""
    if rules:
        values = {"address": rules.address, "rules": to_plain(rules)}
        connection.execute(upsert(mailbox_rules, connection.dialect), values)
    else:
        connection.execute(delete(mailbox_rules).where(mailbox_rules.c.address == rules.address))


def read_scripts(connection: Connection) -> tuple[PublishedScript, ...]:
    """What is published now, by login."""
    return tuple(_script(row) for row in connection.execute(select(published_rules).order_by(published_rules.c.login)))


def write_scripts(connection: Connection, scripts: Iterable[PublishedScript]) -> bool:
    """Publish these and no others; whether anything had to be written."""
    present = {row.login: row.script_id for row in connection.execute(_IDS)}
    wanted = {one.login: one for one in scripts}
    changed = [one for login, one in wanted.items() if present.get(login) != one.script_id]
    gone = [login for login in present if login not in wanted]
    if gone:
        connection.execute(delete(published_rules).where(published_rules.c.login.in_(gone)))
    if changed:
        rows = [{"login": one.login, "script_id": one.script_id, "script": one.script} for one in changed]
        connection.execute(upsert(published_rules, connection.dialect), rows)
    return bool(gone or changed)


_IDS = select(published_rules.c.login, published_rules.c.script_id)


def _script(row: Row[Any]) -> PublishedScript:
    return PublishedScript(row.login, row.script_id, row.script)
