"""Jobs: runs, what they said, how far schedules were followed, what is not well."""

import sqlalchemy as sa
from alembic import op

from machiya.adapters.sql import types
from machiya.adapters.sql.tables.base import table_options

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; MariaDB commits each statement, so each must be repeatable."""
    _runs()
    _lines()
    _schedules()
    _alarms()


def _runs() -> None:
    op.create_table(
        "job_runs",
        sa.Column("number", types.Counter, nullable=False),
        sa.Column("kind", types.BoundedText(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_by", types.BoundedText(length=330), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("parameters", types.JsonText(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("grant_used", sa.String(length=255), nullable=True),
        sa.Column("due_at", types.UtcDateTime(), nullable=True),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("cancel_asked_at", types.UtcDateTime(), nullable=True),
        sa.Column("reason", types.BoundedText(length=1000), nullable=False),
        sa.Column("runner", types.BoundedText(length=200), nullable=False),
        sa.Column("step", types.BoundedText(length=200), nullable=False),
        sa.Column("step_done", sa.BigInteger(), nullable=False),
        sa.Column("step_total", sa.BigInteger(), nullable=False),
        sa.Column("step_unit", types.BoundedText(length=16), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("grant_used"),
        sqlite_autoincrement=True,
        **table_options(),
        if_not_exists=True,
    )
    for column in ("kind", "state", "ended_at"):
        op.create_index(f"ix_job_runs_{column}", "job_runs", [column], if_not_exists=True)


def _lines() -> None:
    op.create_table(
        "job_lines",
        sa.Column("run", types.Counter, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("text", types.BoundedText(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["job_runs.number"], name="fk_job_lines_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "number"),
        **table_options(),
        if_not_exists=True,
    )


def _schedules() -> None:
    op.create_table(
        "job_schedules",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("cron", types.BoundedText(length=200), nullable=False),
        sa.Column("zone", types.BoundedText(length=64), nullable=False),
        sa.Column("followed_to", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
        **table_options(),
        if_not_exists=True,
    )


def _alarms() -> None:
    op.create_table(
        "job_alarms",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("reason", types.BoundedText(length=1000), nullable=False),
        sa.Column("told_at", types.UtcDateTime(), nullable=True),
        sa.Column("recovered_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kind"),
        **table_options(),
        if_not_exists=True,
    )
