"""The rules of mailboxes in the database, and the scripts that Dovecot reads."""

from sqlalchemy import Connection, delete, select

from machiya.accounts.published import Publication
from machiya.accounts.rules.model import PublishedScript, Rules
from machiya.accounts.rules.plain import from_plain, to_plain
from machiya.accounts.rules.published import scripts
from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.accounts import mailbox_rules
from machiya.adapters.sql.tables.published import published_rules
from machiya.core.addresses import EmailAddress

_IDS = select(published_rules.c.login, published_rules.c.script_id)


class RulesRows:
    """The part of ``AccountRepository`` that is about rules, on the connection of the whole."""

    _connection: Connection
    changed: bool

    def rules(self, address: EmailAddress) -> Rules | None:
        """The rules of one mailbox; None: it has none."""
        return next(iter(self._read(address)), None)

    def all_rules(self) -> tuple[Rules, ...]:
        """Those of every mailbox that has any."""
        return self._read()

    def save_rules(self, rules: Rules) -> None:
        """Insert or update; empty ones are removed.

        Raises:
            Conflict: there is no such mailbox.
        """
        self.changed = True
        with translating():
            if rules:
                values = {"address": rules.address, "rules": to_plain(rules)}
                self._connection.execute(upsert(mailbox_rules, self._connection.dialect), values)
            else:
                self._connection.execute(delete(mailbox_rules).where(mailbox_rules.c.address == rules.address))

    def published_scripts(self) -> tuple[PublishedScript, ...]:
        """What the last commit published for Dovecot."""
        with translating():
            rows = self._connection.execute(select(published_rules).order_by(published_rules.c.login))
            return tuple(PublishedScript(row.login, row.script_id, row.script) for row in rows)

    def publish_scripts(self, publication: Publication) -> None:
        """Publish the scripts of the rules for these addresses; ``changed`` if that is something new."""
        wanted = {one.login: one for one in scripts(publication, self._read())}
        with translating():
            present = {row.login: row.script_id for row in self._connection.execute(_IDS)}
            written = [one for login, one in wanted.items() if present.get(login) != one.script_id]
            gone = [login for login in present if login not in wanted]
            if gone:
                self._connection.execute(delete(published_rules).where(published_rules.c.login.in_(gone)))
            if written:
                rows = [{"login": one.login, "script_id": one.script_id, "script": one.script} for one in written]
                self._connection.execute(upsert(published_rules, self._connection.dialect), rows)
        self.changed |= bool(gone or written)

    def _read(self, address: EmailAddress | None = None) -> tuple[Rules, ...]:
        query = select(mailbox_rules).order_by(mailbox_rules.c.address)
        chosen = query if address is None else query.where(mailbox_rules.c.address == address)
        with translating():
            return tuple(from_plain(row.address, row.rules) for row in self._connection.execute(chosen))
