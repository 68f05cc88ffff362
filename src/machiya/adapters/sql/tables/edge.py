"""What the edge said, and what it is told."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table

from machiya.adapters.sql.tables.base import ENVELOPE_LENGTH, LONG_LENGTH, metadata, table_options
from machiya.adapters.sql.types import BoundedText, JsonText, UtcDateTime

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
