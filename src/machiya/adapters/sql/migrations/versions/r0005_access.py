"""Administrators, log-ins, second factors, throttling and the audit log."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.append_only import make_append_only
from machiya.adapters.sql.tables.base import table_options

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    _administrators()
    _sessions()
    _factors()
    _attempts()
    _audit()


def _administrators() -> None:
    op.create_table(
        "administrators",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "administrator_invitations",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("invited_by", types.BoundedText(length=330), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index(
        "ix_administrator_invitations_token_hash", "administrator_invitations", ["token_hash"], if_not_exists=True
    )


def _sessions() -> None:
    op.create_table(
        "access_sessions",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("who_kind", sa.String(length=16), nullable=False),
        sa.Column("who_name", sa.String(length=320), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("authenticated_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("client_address", types.BoundedText(length=64), nullable=False),
        sa.Column("user_agent", types.BoundedText(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_access_sessions_token_hash", "access_sessions", ["token_hash"], if_not_exists=True)
    op.create_index("ix_access_sessions_who_name", "access_sessions", ["who_name"], if_not_exists=True)


def _factors() -> None:
    op.create_table(
        "access_factors",
        sa.Column("who_kind", sa.String(length=16), nullable=False),
        sa.Column("who_name", sa.String(length=320), nullable=False),
        sa.Column("sealed", sa.String(length=512), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("who_kind", "who_name"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "access_recovery_codes",
        sa.Column("who_kind", sa.String(length=16), nullable=False),
        sa.Column("who_name", sa.String(length=320), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("who_kind", "who_name", "code_hash"),
        **table_options(),
        if_not_exists=True,
    )


def _attempts() -> None:
    op.create_table(
        "access_attempts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("forget_at", types.UtcDateTime(), nullable=False),
        sa.Column("blocked_until", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_access_attempts_forget_at", "access_attempts", ["forget_at"], if_not_exists=True)


def _audit() -> None:
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.String(length=330), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=330), nullable=False),
        sa.Column("details", types.LongText, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **table_options(),
        if_not_exists=True,
    )
    make_append_only(op.get_bind(), "audit_log", "number")
