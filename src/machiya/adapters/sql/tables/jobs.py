"""Runs of jobs and what they said, how far schedules were followed, what is not well."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from machiya.adapters.sql.tables.base import LONG_LENGTH, metadata, table_options
from machiya.adapters.sql.types import BoundedText, Counter, JsonText, UtcDateTime

KIND_LENGTH = 64
GRANT_LENGTH = 255

job_runs = Table(
    "job_runs",
    metadata,
    Column("number", Counter, primary_key=True),
    Column("kind", BoundedText(KIND_LENGTH), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("asked_by", BoundedText(330), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("parameters", JsonText, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("grant_used", String(GRANT_LENGTH), unique=True),
    Column("due_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime, index=True),
    Column("cancel_asked_at", UtcDateTime),
    Column("reason", BoundedText(LONG_LENGTH), nullable=False),
    Column("runner", BoundedText(200), nullable=False),
    Column("step", BoundedText(200), nullable=False),
    Column("step_done", BigInteger, nullable=False),
    Column("step_total", BigInteger, nullable=False),
    Column("step_unit", BoundedText(16), nullable=False),
    sqlite_autoincrement=True,  # the number of a run that was forgotten is not given to another
    **table_options(),
)

job_lines = Table(
    "job_lines",
    metadata,
    Column("run", Counter, ForeignKey("job_runs.number", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("text", BoundedText(LONG_LENGTH), nullable=False),
    **table_options(),
)

job_schedules = Table(
    "job_schedules",
    metadata,
    Column("kind", String(KIND_LENGTH), primary_key=True),
    Column("cron", BoundedText(200), nullable=False),
    Column("zone", BoundedText(64), nullable=False),
    # The moment up to which the schedule was followed; MariaDB keeps the word cursor for itself.
    Column("followed_to", UtcDateTime, nullable=False),
    **table_options(),
)

job_alarms = Table(
    "job_alarms",
    metadata,
    Column("kind", String(KIND_LENGTH), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("reason", BoundedText(LONG_LENGTH), nullable=False),
    Column("told_at", UtcDateTime),
    Column("recovered_at", UtcDateTime),
    **table_options(),
)
