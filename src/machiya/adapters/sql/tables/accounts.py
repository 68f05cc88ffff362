"""Domains, mailboxes and aliases as people made them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table

from machiya.adapters.sql.tables.base import metadata, table_options
from machiya.adapters.sql.types import AddressText, DomainText, JsonText, UtcDateTime

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
