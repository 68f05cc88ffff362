"""What was set aside by the scanner."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.tables.base import table_options

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    op.create_table(
        "quarantine",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("quarantined_at", types.UtcDateTime(), nullable=False),
        sa.Column("md5", types.BoundedText(length=32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sender", types.BoundedText(length=320), nullable=False),
        sa.Column("recipient", types.BoundedText(length=320), nullable=False),
        sa.Column("mailboxes", types.JsonText(), nullable=False),
        sa.Column("reasons", types.JsonText(), nullable=False),
        sa.Column("header_from", types.BoundedText(length=512), nullable=False),
        sa.Column("subject", types.BoundedText(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id"),
        **table_options(),
        if_not_exists=True,
    )
    op.create_index("ix_quarantine_quarantined_at", "quarantine", ["quarantined_at"], if_not_exists=True)
