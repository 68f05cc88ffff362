"""What accounts/ publishes (accounts/published.py); the daemons read views of these tables and nothing else."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, false

from machiya.adapters.sql.tables.accounts import DIGEST_LENGTH
from machiya.adapters.sql.tables.base import metadata, table_options
from machiya.adapters.sql.types import AddressText, DomainText, JsonText, LongText
from machiya.core.addresses import DOMAIN_OCTETS

PATTERN_LENGTH = DOMAIN_OCTETS + 1
REFUSAL_LENGTH = 32
SCRIPT_ID_LENGTH = 64

published_domains = Table(
    "published_domains", metadata, Column("name", DomainText, primary_key=True), **table_options()
)

published_addresses = Table(
    "published_addresses",
    metadata,
    Column("pattern", String(PATTERN_LENGTH), primary_key=True),
    Column("entry", AddressText, nullable=False),
    Column("refusal", String(REFUSAL_LENGTH)),
    Column("path", JsonText, nullable=False),
    **table_options(),
)

published_targets = Table(
    "published_targets",
    metadata,
    Column("pattern", String(PATTERN_LENGTH), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("mailbox", AddressText, nullable=False),
    **table_options(),
)

published_mailboxes = Table(
    "published_mailboxes",
    metadata,
    Column("login", AddressText, primary_key=True),
    Column("password", String(255), nullable=False),
    Column("quota_bytes", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("app_passwords_required", Boolean, nullable=False, server_default=false()),
    **table_options(),
)

published_app_passwords = Table(
    "published_app_passwords",
    metadata,
    Column("login", AddressText, primary_key=True),
    Column("digest", String(DIGEST_LENGTH), primary_key=True),
    **table_options(),
)

published_rules = Table(
    "published_rules",
    metadata,
    Column("login", AddressText, primary_key=True),
    Column("script_id", String(SCRIPT_ID_LENGTH), nullable=False),
    Column("script", LongText, nullable=False),
    **table_options(),
)
