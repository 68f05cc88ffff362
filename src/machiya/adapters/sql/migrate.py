"""Bringing the database to this program's revision, and refusing one that is newer."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from machiya.adapters.sql.engine import for_writing
from machiya.adapters.sql.errors import translating
from machiya.core.errors import Refused, Unavailable

LOCK_SECONDS = 50
_LOCK_STEP_SECONDS = 2

_log = structlog.get_logger()


class DatabaseTooNew(Refused):
    """A newer Machiya has migrated this database."""

    code = "database_too_new"


class DatabaseTooOld(Refused):
    """The database waits for a migration."""

    code = "database_too_old"


def upgrade(engine: Engine) -> None:
    """Run the missing migrations; does nothing when there are none; one process at a time.

    Raises:
        DatabaseTooNew: the database is at a revision this program does not know.
        Unavailable: the database cannot be reached or written, or another process migrates for too long.
    """
    with translating(), _alone(engine) as connection, _configuration(connection) as config:
        before, after = _revision(connection, config), _head(config)
        if before == after:
            return
        command.upgrade(config, "head")
    _log.info("database.upgraded", before=before or "empty", after=after)


def require_current(engine: Engine) -> None:
    """For processes that use the database but do not migrate it.

    Raises:
        DatabaseTooNew: as in ``upgrade``.
        DatabaseTooOld: migrations are missing.
        Unavailable: the database cannot be reached.
    """
    with translating(), engine.connect() as connection, _configuration(connection) as config:
        found, wanted = _revision(connection, config), _head(config)
    if found != wanted:
        raise DatabaseTooOld(
            f"the database is at revision {found or 'none'}, this program needs {wanted}",
            hint="Run machiya up: it migrates the database first.",
        )


@contextmanager
def _configuration(connection: Connection) -> Iterator[Config]:
    config = Config()
    with as_file(files("machiya.adapters.sql") / "migrations") as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        yield config


def _revision(connection: Connection, config: Config) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseTooNew(
            f"the database is at revision {found}, which this program does not know",
            hint="Install the newer Machiya again, or restore the backup from before its upgrade.",
        )
    return found


def _head(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """SQLite: its write lock, and all or nothing. MariaDB: a named lock; DDL commits by itself there."""
    with for_writing(engine).connect() as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            yield connection
            return
        _take_lock(connection)
        try:
            yield connection
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(CONCAT('machiya.', DATABASE()))"))


def _take_lock(connection: Connection) -> None:
    """In short steps: a long wait would look like a server that does not answer."""
    ask = text("SELECT GET_LOCK(CONCAT('machiya.', DATABASE()), :seconds)")
    for _ in range(LOCK_SECONDS // _LOCK_STEP_SECONDS):
        if connection.scalar(ask, {"seconds": _LOCK_STEP_SECONDS}) == 1:
            return
    raise Unavailable("another process is migrating the database", hint="Wait until it has finished, then retry.")
