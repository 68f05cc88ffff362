"""The transaction of the access room."""

from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from machiya.adapters.sql.access.administrators import SqlAdministratorRepository
from machiya.adapters.sql.access.attempts import SqlAttemptRepository
from machiya.adapters.sql.access.audit import SqlAuditRepository
from machiya.adapters.sql.access.factors import SqlFactorRepository
from machiya.adapters.sql.access.sessions import SqlSessionRepository
from machiya.adapters.sql.engine import at_one_moment, for_writing
from machiya.adapters.sql.errors import translating


class SqlAccessUnitOfWork:
    """``AccessUnitOfWork``; not for two threads at once.

    Writers stand in line: SQLite makes them, on MariaDB each locks the head of the audit log first.

    Args:
        engine: from ``open_engine``.
        read_only: waits for nobody; committing is a mistake then.
    """

    def __init__(self, engine: Engine, *, read_only: bool = False) -> None:
        self._engine = at_one_moment(engine) if read_only else for_writing(engine)
        self._read_only = read_only
        self._open: Connection | None = None

    def __enter__(self) -> Self:
        with translating():
            self._open = self._engine.connect()
            try:
                self._open.begin()
                if not self._read_only:
                    self.audit.lock_head()
            except BaseException:
                self._open.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()

    def commit(self) -> None:
        """Make it durable.

        Raises:
            Unavailable: the database did not take it.
        """
        if self._read_only:
            msg = "a change inside a read-only unit of work"
            raise RuntimeError(msg)
        with translating():
            self._connection.commit()

    @property
    def _connection(self) -> Connection:
        if self._open is None:
            msg = "outside of the unit of work's with block"
            raise RuntimeError(msg)
        return self._open

    @property
    def administrators(self) -> SqlAdministratorRepository:
        """The administrators of this transaction."""
        return SqlAdministratorRepository(self._connection)

    @property
    def sessions(self) -> SqlSessionRepository:
        """The sessions of this transaction."""
        return SqlSessionRepository(self._connection)

    @property
    def factors(self) -> SqlFactorRepository:
        """The second factors of this transaction."""
        return SqlFactorRepository(self._connection)

    @property
    def attempts(self) -> SqlAttemptRepository:
        """The failed log-ins of this transaction."""
        return SqlAttemptRepository(self._connection)

    @property
    def audit(self) -> SqlAuditRepository:
        """The audit log of this transaction."""
        return SqlAuditRepository(self._connection)
