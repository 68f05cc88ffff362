"""Domains, mailboxes, app passwords and aliases as people made them; and when an app password was last used."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, false

from machiya.adapters.sql.tables.base import metadata, table_options
from machiya.adapters.sql.types import AddressText, BoundedText, DomainText, JsonText, UtcDateTime

DIGEST_LENGTH = 64
PROTOCOL_LENGTH = 32
CLIENT_LENGTH = 64

domains = Table(
    "domains",
    metadata,
    Column("name", DomainText, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("catch_all", AddressText),
    **table_options(),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("address", AddressText, primary_key=True),
    Column("domain", DomainText, ForeignKey("domains.name"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("password", String(255), nullable=False),
    Column("quota_bytes", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("app_passwords_required", Boolean, nullable=False, server_default=false()),
    **table_options(),
)

app_passwords = Table(
    "app_passwords",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("mailbox", AddressText, ForeignKey("mailboxes.address", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("digest", String(DIGEST_LENGTH), nullable=False, unique=True, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    **table_options(),
)

# Apart from the rest: written where mail programs log in, and no change of the accounts.
app_password_uses = Table(
    "app_password_uses",
    metadata,
    Column("digest", String(DIGEST_LENGTH), ForeignKey("app_passwords.digest", ondelete="CASCADE"), primary_key=True),
    Column("used_at", UtcDateTime, nullable=False),
    Column("protocol", BoundedText(PROTOCOL_LENGTH), nullable=False),
    Column("client_address", BoundedText(CLIENT_LENGTH), nullable=False),
    **table_options(),
)

aliases = Table(
    "aliases",
    metadata,
    Column("address", AddressText, primary_key=True),
    Column("domain", DomainText, ForeignKey("domains.name"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    **table_options(),
)

alias_targets = Table(
    "alias_targets",
    metadata,
    Column("alias", AddressText, ForeignKey("aliases.address", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("target", AddressText, nullable=False),
    **table_options(),
)

mailbox_rules = Table(
    "mailbox_rules",
    metadata,
    Column("address", AddressText, ForeignKey("mailboxes.address", ondelete="CASCADE"), primary_key=True),
    Column("rules", JsonText, nullable=False),
    **table_options(),
)

accounts_version = Table(
    "accounts_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    **table_options(),
)
