"""Every table. Migrations must agree with this page (tests compare them on both databases)."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table

from machiya.adapters.sql.types import AddressText, BoundedText, Counter, DomainText, JsonText, UtcDateTime
from machiya.core.addresses import DOMAIN_OCTETS

ENVELOPE_LENGTH = 320
MESSAGE_ID_LENGTH = 512
LONG_LENGTH = 1000
PATTERN_LENGTH = DOMAIN_OCTETS + 1
REFUSAL_LENGTH = 32

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)


def table_options() -> dict[str, Any]:
    """Byte-wise comparison, as SQLite has it; the longest index (512 characters) fits InnoDB's 3072 bytes."""
    options = {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}
    return {f"{dialect}_{name}": value for dialect in ("mysql", "mariadb") for name, value in options.items()}


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

accounts_version = Table(
    "accounts_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    **table_options(),
)

# What accounts/ publishes (accounts/published.py); the daemons read views of these tables and nothing else.

published_domains = Table(
    "published_domains", metadata, Column("name", DomainText, primary_key=True), **table_options()
)

published_addresses = Table(
    "published_addresses",
    metadata,
    Column("pattern", String(PATTERN_LENGTH), primary_key=True),
    Column("entry", AddressText, nullable=False),
    Column("refusal", String(REFUSAL_LENGTH)),
    Column("path", JsonText, nullable=False),
    **table_options(),
)

published_targets = Table(
    "published_targets",
    metadata,
    Column("pattern", String(PATTERN_LENGTH), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("mailbox", AddressText, nullable=False),
    **table_options(),
)

published_mailboxes = Table(
    "published_mailboxes",
    metadata,
    Column("login", AddressText, primary_key=True),
    Column("password", String(255), nullable=False),
    Column("quota_bytes", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    **table_options(),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", String(36), primary_key=True),
    Column("md5", BoundedText(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sender", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("recipient", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("sender_key", BoundedText(ENVELOPE_LENGTH), nullable=False, index=True),
    Column("recipient_key", BoundedText(ENVELOPE_LENGTH), nullable=False, index=True),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", BoundedText(LONG_LENGTH), nullable=False),
    Column("message_id", BoundedText(MESSAGE_ID_LENGTH), nullable=False, index=True),
    Column("subject", BoundedText(LONG_LENGTH)),
    Column("header_from", BoundedText(MESSAGE_ID_LENGTH), nullable=False),
    Column("attempts", Integer, nullable=False),
    Index(None, "state", "first_seen_at"),
    **table_options(),
)

# No foreign key to deliveries: both are written by one place, and the check would be paid for each message.
ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("delivery_id", String(36), primary_key=True),
    Column("mailbox", AddressText, primary_key=True, index=True),
    Column("state", String(16), nullable=False),
    Column("lease_until", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("detail", BoundedText(LONG_LENGTH), nullable=False),
    **table_options(),
)

trace_events = Table(
    "trace_events",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("delivery_id", String(36), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", BoundedText(64), nullable=False),
    Column("detail", JsonText, nullable=False),
    **table_options(),
)

edge_state = Table(
    "edge_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("reported_at", UtcDateTime),
    Column("edge", BoundedText(32), nullable=False),
    Column("held", Integer, nullable=False),
    Column("held_more", Boolean, nullable=False),
    Column("oldest", UtcDateTime),
    Column("held_ids", JsonText, nullable=False),
    Column("dead_count", Integer, nullable=False),
    Column("errors", JsonText, nullable=False),
    Column("recipients_etag", BoundedText(200)),
    Column("recipients_confirmed_at", UtcDateTime),
    Column("recipients_complete", Boolean, nullable=False),
    Column("clock_skew_milliseconds", BigInteger),
    Column("clock_skew_at", UtcDateTime),
    **table_options(),
)

edge_dead = Table(
    "edge_dead",
    metadata,
    Column("delivery_id", String(36), primary_key=True),
    Column("sender", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("recipient", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("died_at", UtcDateTime, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("reason", BoundedText(LONG_LENGTH), nullable=False),
    **table_options(),
)

edge_orders = Table(
    "edge_orders",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("action", String(16), nullable=False),
    Column("delivery_id", String(36), nullable=False, index=True),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime, index=True),
    Column("result", BoundedText(32)),
    **table_options(),
)

edge_accepted = Table(
    "edge_accepted",
    metadata,
    Column("delivery_id", String(36), primary_key=True),
    Column("accepted_at", UtcDateTime, nullable=False, index=True),
    **table_options(),
)

outgoing_messages = Table(
    "outgoing_messages",
    metadata,
    Column("queue_id", String(32), primary_key=True),
    Column("first_seen_at", UtcDateTime, nullable=False, index=True),
    Column("message_id", BoundedText(MESSAGE_ID_LENGTH), nullable=False, index=True),
    Column("sender", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("sender_key", BoundedText(ENVELOPE_LENGTH), nullable=False, index=True),
    Column("login", BoundedText(ENVELOPE_LENGTH), nullable=False, index=True),
    Column("size_bytes", BigInteger, nullable=False),
    **table_options(),
)

outgoing_events = Table(
    "outgoing_events",
    metadata,
    Column("event_key", String(64), primary_key=True),
    Column("queue_id", String(32), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("log_order", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("recipient", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("recipient_key", BoundedText(ENVELOPE_LENGTH), nullable=False, index=True),
    Column("detail", JsonText, nullable=False),
    **table_options(),
)

relay_events = Table(
    "relay_events",
    metadata,
    Column("event_id", BoundedText(128), primary_key=True),
    Column("message_id", BoundedText(MESSAGE_ID_LENGTH), nullable=False, index=True),
    Column("recipient", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("status", BoundedText(16), nullable=False),
    Column("reason", BoundedText(LONG_LENGTH), nullable=False),
    Column("notice", String(8), nullable=False, index=True),
    **table_options(),
)

outgoing_log = Table(
    "outgoing_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("identity", BoundedText(128), nullable=False),
    Column("offset_bytes", BigInteger, nullable=False),
    **table_options(),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("delivery_id", String(36), primary_key=True),
    Column("quarantined_at", UtcDateTime, nullable=False, index=True),
    Column("md5", BoundedText(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sender", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("recipient", BoundedText(ENVELOPE_LENGTH), nullable=False),
    Column("mailboxes", JsonText, nullable=False),
    Column("reasons", JsonText, nullable=False),
    Column("header_from", BoundedText(MESSAGE_ID_LENGTH), nullable=False),
    Column("subject", BoundedText(LONG_LENGTH)),
    **table_options(),
)
