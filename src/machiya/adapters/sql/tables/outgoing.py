"""What goes out: the log of Postfix as it was read, and what the relay says."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from machiya.adapters.sql.tables.base import ENVELOPE_LENGTH, LONG_LENGTH, MESSAGE_ID_LENGTH, metadata, table_options
from machiya.adapters.sql.types import BoundedText, JsonText, UtcDateTime

QUEUE_ID_LENGTH = 32
EVENT_ID_LENGTH = 128

outgoing_messages = Table(
    "outgoing_messages",
    metadata,
    Column("queue_id", String(QUEUE_ID_LENGTH), primary_key=True),
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
    Column("queue_id", String(QUEUE_ID_LENGTH), nullable=False, index=True),
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
    Column("event_id", BoundedText(EVENT_ID_LENGTH), primary_key=True),
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
