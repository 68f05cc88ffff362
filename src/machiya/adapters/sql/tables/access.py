"""Administrators, log-ins, second factors, throttling and the audit log.

``audit_log`` has triggers that refuse UPDATE and DELETE; they are made by the migration, and a migration that rebuilds
the table on SQLite (batch mode) must make them again: ``adapters/sql/append_only.py``.
"""

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table

from machiya.adapters.sql.tables.base import ENVELOPE_LENGTH, metadata, table_options
from machiya.adapters.sql.types import BoundedText, LongText, UtcDateTime

NAME_LENGTH = 32
KIND_LENGTH = 16
HASH_LENGTH = 64
ID_LENGTH = 22
ACTOR_LENGTH = 330
DIGITS_OF_A_MOMENT = len("2026-11-23T10:00:00.123456Z")

administrators = Table(
    "administrators",
    metadata,
    Column("name", String(NAME_LENGTH), primary_key=True),
    Column("role", String(KIND_LENGTH), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("password", String(255), nullable=False),
    Column("enabled", Boolean, nullable=False),
    **table_options(),
)

administrator_invitations = Table(
    "administrator_invitations",
    metadata,
    Column("name", String(NAME_LENGTH), primary_key=True),
    Column("role", String(KIND_LENGTH), nullable=False),
    Column("token_hash", String(HASH_LENGTH), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("invited_by", BoundedText(ACTOR_LENGTH), nullable=False),
    **table_options(),
)

access_sessions = Table(
    "access_sessions",
    metadata,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("who_kind", String(KIND_LENGTH), nullable=False),
    Column("who_name", String(ENVELOPE_LENGTH), nullable=False, index=True),
    Column("token_hash", String(HASH_LENGTH), nullable=False, index=True),
    Column("stamp", String(HASH_LENGTH), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("authenticated_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("client_address", BoundedText(64), nullable=False),
    Column("user_agent", BoundedText(200), nullable=False),
    **table_options(),
)

access_factors = Table(
    "access_factors",
    metadata,
    Column("who_kind", String(KIND_LENGTH), primary_key=True),
    Column("who_name", String(ENVELOPE_LENGTH), primary_key=True),
    Column("sealed", String(512), nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    **table_options(),
)

access_recovery_codes = Table(
    "access_recovery_codes",
    metadata,
    Column("who_kind", String(KIND_LENGTH), primary_key=True),
    Column("who_name", String(ENVELOPE_LENGTH), primary_key=True),
    Column("code_hash", String(HASH_LENGTH), primary_key=True),
    **table_options(),
)

access_attempts = Table(
    "access_attempts",
    metadata,
    Column("key", String(HASH_LENGTH), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("forget_at", UtcDateTime, nullable=False, index=True),
    Column("blocked_until", UtcDateTime),
    **table_options(),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("at", String(DIGITS_OF_A_MOMENT), nullable=False),
    Column("actor", String(ACTOR_LENGTH), nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", String(ACTOR_LENGTH), nullable=False),
    Column("details", LongText, nullable=False),
    Column("previous", String(HASH_LENGTH), nullable=False),
    Column("hash", String(HASH_LENGTH), nullable=False),
    **table_options(),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(HASH_LENGTH), nullable=False),
    **table_options(),
)
