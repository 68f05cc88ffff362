"""Every table, one module for each subject. Migrations must agree with them (tests compare both on both databases)."""

from machiya.adapters.sql.tables import access, accounts, edge, incoming, jobs, outgoing, published
from machiya.adapters.sql.tables.base import metadata

__all__ = ["access", "accounts", "edge", "incoming", "jobs", "metadata", "outgoing", "published"]
