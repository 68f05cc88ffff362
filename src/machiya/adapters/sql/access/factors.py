"""Second factors and recovery codes in the database."""

from sqlalchemy import delete, insert, select

from machiya.access.model import Factor, Who
from machiya.adapters.sql.access.rows import OnConnection, is_who, who_of, who_values
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.access import access_factors, access_recovery_codes


class SqlFactorRepository(OnConnection):
    """``FactorRepository``."""

    def find(self, who: Who) -> Factor | None:
        """Confirmed or not."""
        row = self._first(select(access_factors).where(is_who(access_factors, who)))
        return Factor(who_of(row), row.sealed, row.confirmed, row.last_step, row.created_at) if row else None

    def save(self, factor: Factor) -> None:
        """Insert or update."""
        values = {
            **who_values(factor.who),
            "sealed": factor.sealed,
            "confirmed": factor.confirmed,
            "last_step": factor.last_step,
            "created_at": factor.created_at,
        }
        self._write(upsert(access_factors, self._connection.dialect), values)

    def remove(self, who: Who) -> None:
        """Delete it and the recovery codes."""
        for table in (access_factors, access_recovery_codes):
            self._write(delete(table).where(is_who(table, who)))

    def recovery_codes(self, who: Who) -> frozenset[str]:
        """The hashes of those not used yet."""
        query = select(access_recovery_codes.c.code_hash).where(is_who(access_recovery_codes, who))
        return frozenset(row.code_hash for row in self._rows(query))

    def save_recovery_codes(self, who: Who, hashes: frozenset[str]) -> None:
        """Replace all."""
        self._write(delete(access_recovery_codes).where(is_who(access_recovery_codes, who)))
        if hashes:
            rows = [{**who_values(who), "code_hash": one} for one in sorted(hashes)]
            self._write(insert(access_recovery_codes), rows)

    def use_recovery_code(self, who: Who, code_hash: str) -> bool:
        """Delete it; false: there is none."""
        mine = is_who(access_recovery_codes, who) & (access_recovery_codes.c.code_hash == code_hash)
        return self._write(delete(access_recovery_codes).where(mine)) == 1
