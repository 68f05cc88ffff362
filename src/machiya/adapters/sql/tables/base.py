"""What all tables have in common."""

from typing import Any

from sqlalchemy import MetaData

ENVELOPE_LENGTH = 320
MESSAGE_ID_LENGTH = 512
LONG_LENGTH = 1000

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)


def table_options() -> dict[str, Any]:
    """Byte-wise comparison, as SQLite has it; the longest index (512 characters) fits InnoDB's 3072 bytes."""
    options = {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}
    return {f"{dialect}_{name}": value for dialect in ("mysql", "mariadb") for name, value in options.items()}
