"""What the accounts publish; filled by the first commit after this (House.migrate makes one)."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.tables.base import table_options

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    op.create_table(
        "published_domains",
        sa.Column("name", types.DomainText(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "published_addresses",
        sa.Column("pattern", sa.String(length=256), nullable=False),
        sa.Column("entry", types.AddressText(), nullable=False),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.Column("path", types.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("pattern"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "published_targets",
        sa.Column("pattern", sa.String(length=256), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mailbox", types.AddressText(), nullable=False),
        sa.PrimaryKeyConstraint("pattern", "position"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "published_mailboxes",
        sa.Column("login", types.AddressText(), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("login"),
        **table_options(),
        if_not_exists=True,
    )
