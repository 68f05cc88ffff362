"""Accounts, ledger, trace and the edge's book."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.tables.base import table_options

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    _accounts()
    _ledger()
    _edge()


def _accounts() -> None:
    op.create_table(
        "domains",
        sa.Column("name", types.DomainText(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("catch_all", types.AddressText(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "mailboxes",
        sa.Column("address", types.AddressText(), nullable=False),
        sa.Column("domain", types.DomainText(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["domain"], ["domains.name"], name="fk_mailboxes_domain"),
        sa.PrimaryKeyConstraint("address"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_mailboxes_domain", "mailboxes", ["domain"], if_not_exists=True)
    op.create_table(
        "aliases",
        sa.Column("address", types.AddressText(), nullable=False),
        sa.Column("domain", types.DomainText(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["domain"], ["domains.name"], name="fk_aliases_domain"),
        sa.PrimaryKeyConstraint("address"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_aliases_domain", "aliases", ["domain"], if_not_exists=True)
    op.create_table(
        "alias_targets",
        sa.Column("alias", types.AddressText(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target", types.AddressText(), nullable=False),
        sa.ForeignKeyConstraint(["alias"], ["aliases.address"], name="fk_alias_targets_alias", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alias", "position"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "accounts_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **table_options(),
        if_not_exists=True,
    )


def _ledger() -> None:
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("md5", types.BoundedText(length=32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sender", types.BoundedText(length=320), nullable=False),
        sa.Column("recipient", types.BoundedText(length=320), nullable=False),
        sa.Column("sender_key", types.BoundedText(length=320), nullable=False),
        sa.Column("recipient_key", types.BoundedText(length=320), nullable=False),
        sa.Column("accepted_at", types.UtcDateTime(), nullable=False),
        sa.Column("first_seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", types.BoundedText(length=1000), nullable=False),
        sa.Column("message_id", types.BoundedText(length=512), nullable=False),
        sa.Column("subject", types.BoundedText(length=1000), nullable=True),
        sa.Column("header_from", types.BoundedText(length=512), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_deliveries_first_seen_at", "deliveries", ["first_seen_at"], if_not_exists=True)
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"], if_not_exists=True)
    op.create_index("ix_deliveries_recipient_key", "deliveries", ["recipient_key"], if_not_exists=True)
    op.create_index("ix_deliveries_sender_key", "deliveries", ["sender_key"], if_not_exists=True)
    op.create_index("ix_deliveries_state_first_seen_at", "deliveries", ["state", "first_seen_at"], if_not_exists=True)
    op.create_table(
        "ledger_entries",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("mailbox", types.AddressText(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lease_until", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("detail", types.BoundedText(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "mailbox"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_ledger_entries_lease_until", "ledger_entries", ["lease_until"], if_not_exists=True)
    op.create_index("ix_ledger_entries_mailbox", "ledger_entries", ["mailbox"], if_not_exists=True)
    op.create_table(
        "trace_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("kind", types.BoundedText(length=64), nullable=False),
        sa.Column("detail", types.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_trace_events_delivery_id", "trace_events", ["delivery_id"], if_not_exists=True)


def _edge() -> None:
    op.create_table(
        "edge_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reported_at", types.UtcDateTime(), nullable=True),
        sa.Column("edge", types.BoundedText(length=32), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("held_more", sa.Boolean(), nullable=False),
        sa.Column("oldest", types.UtcDateTime(), nullable=True),
        sa.Column("held_ids", types.JsonText(), nullable=False),
        sa.Column("dead_count", sa.Integer(), nullable=False),
        sa.Column("errors", types.JsonText(), nullable=False),
        sa.Column("recipients_etag", types.BoundedText(length=200), nullable=True),
        sa.Column("recipients_confirmed_at", types.UtcDateTime(), nullable=True),
        sa.Column("recipients_complete", sa.Boolean(), nullable=False),
        sa.Column("clock_skew_milliseconds", sa.BigInteger(), nullable=True),
        sa.Column("clock_skew_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "edge_dead",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("sender", types.BoundedText(length=320), nullable=False),
        sa.Column("recipient", types.BoundedText(length=320), nullable=False),
        sa.Column("accepted_at", types.UtcDateTime(), nullable=False),
        sa.Column("died_at", types.UtcDateTime(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("reason", types.BoundedText(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "edge_orders",
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("ordered_at", types.UtcDateTime(), nullable=False),
        sa.Column("done_at", types.UtcDateTime(), nullable=True),
        sa.Column("result", types.BoundedText(length=32), nullable=True),
        sa.PrimaryKeyConstraint("order_id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_edge_orders_delivery_id", "edge_orders", ["delivery_id"], if_not_exists=True)
    op.create_index("ix_edge_orders_done_at", "edge_orders", ["done_at"], if_not_exists=True)
    op.create_table(
        "edge_accepted",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("accepted_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_edge_accepted_accepted_at", "edge_accepted", ["accepted_at"], if_not_exists=True)
