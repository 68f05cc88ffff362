"""Outgoing mail: messages, their events, the relay's events, and how far the queue's log was read."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.tables.base import table_options

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    _messages()
    _relay()


def _messages() -> None:
    op.create_table(
        "outgoing_messages",
        sa.Column("queue_id", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("message_id", types.BoundedText(length=512), nullable=False),
        sa.Column("sender", types.BoundedText(length=320), nullable=False),
        sa.Column("sender_key", types.BoundedText(length=320), nullable=False),
        sa.Column("login", types.BoundedText(length=320), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("queue_id"),
        **table_options(),
        if_not_exists=True,
    )
    for column in ("first_seen_at", "message_id", "sender_key", "login"):
        op.create_index(f"ix_outgoing_messages_{column}", "outgoing_messages", [column], if_not_exists=True)
    op.create_table(
        "outgoing_events",
        sa.Column("event_key", sa.String(length=64), nullable=False),
        sa.Column("queue_id", sa.String(length=32), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("log_order", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("recipient", types.BoundedText(length=320), nullable=False),
        sa.Column("recipient_key", types.BoundedText(length=320), nullable=False),
        sa.Column("detail", types.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("event_key"),
        **table_options(),
        if_not_exists=True,
    )
    for column in ("queue_id", "recipient_key"):
        op.create_index(f"ix_outgoing_events_{column}", "outgoing_events", [column], if_not_exists=True)


def _relay() -> None:
    op.create_table(
        "relay_events",
        sa.Column("event_id", types.BoundedText(length=128), nullable=False),
        sa.Column("message_id", types.BoundedText(length=512), nullable=False),
        sa.Column("recipient", types.BoundedText(length=320), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", types.BoundedText(length=16), nullable=False),
        sa.Column("reason", types.BoundedText(length=1000), nullable=False),
        sa.Column("notice", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        **table_options(),
        if_not_exists=True,
    )
    for column in ("message_id", "notice"):
        op.create_index(f"ix_relay_events_{column}", "relay_events", [column], if_not_exists=True)
    op.create_table(
        "outgoing_log",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", types.BoundedText(length=128), nullable=False),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **table_options(),
        if_not_exists=True,
    )
