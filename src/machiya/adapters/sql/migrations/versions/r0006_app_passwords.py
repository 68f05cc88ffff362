"""App passwords, when they were last used, and which mailboxes require them."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.tables.base import table_options

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    for table in ("mailboxes", "published_mailboxes"):
        _add_required(table)
    _app_passwords()
    op.create_table(
        "published_app_passwords",
        sa.Column("login", types.AddressText(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("login", "digest"),
        **table_options(),
        if_not_exists=True,
    )


def _add_required(table: str) -> None:
    """SQLite knows no ADD COLUMN IF NOT EXISTS."""
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    if "app_passwords_required" not in present:
        op.add_column(
            table, sa.Column("app_passwords_required", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def _app_passwords() -> None:
    op.create_table(
        "app_passwords",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("mailbox", types.AddressText(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox"], ["mailboxes.address"], name="fk_app_passwords_mailbox", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_app_passwords_mailbox", "app_passwords", ["mailbox"], if_not_exists=True)
    op.create_index("ix_app_passwords_digest", "app_passwords", ["digest"], unique=True, if_not_exists=True)
    op.create_table(
        "app_password_uses",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=False),
        sa.Column("protocol", types.BoundedText(length=32), nullable=False),
        sa.Column("client_address", types.BoundedText(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["app_passwords.digest"], name="fk_app_password_uses_digest", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest"),
        **table_options(),
        if_not_exists=True,
    )
