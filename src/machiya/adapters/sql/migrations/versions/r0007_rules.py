"""The rules of mailboxes, and what Dovecot reads of them."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.tables.base import table_options

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    op.create_table(
        "mailbox_rules",
        sa.Column("address", types.AddressText(), nullable=False),
        sa.Column("rules", types.JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address"], ["mailboxes.address"], name="fk_mailbox_rules_address", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("address"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_table(
        "published_rules",
        sa.Column("login", types.AddressText(), nullable=False),
        sa.Column("script_id", sa.String(length=64), nullable=False),
        sa.Column("script", types.LongText, nullable=False),
        sa.PrimaryKeyConstraint("login"),
        **table_options(),
        if_not_exists=True,
    )
