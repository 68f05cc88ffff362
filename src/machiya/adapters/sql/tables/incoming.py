"""What came in: deliveries, who has them, their trace, what was set aside."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from machiya.adapters.sql.tables.base import ENVELOPE_LENGTH, LONG_LENGTH, MESSAGE_ID_LENGTH, metadata, table_options
from machiya.adapters.sql.types import AddressText, BoundedText, Counter, JsonText, UtcDateTime

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
