"""The one Alembic history of the house."""
