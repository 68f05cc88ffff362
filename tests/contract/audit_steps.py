"""What the tests of the audit log share: writing, verifying, meddling, several at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from machiya.access.audit import AuditNote, record
from machiya.access.verifying import Verdict, verify
from machiya.adapters.sql.access.unit_of_work import SqlAccessUnitOfWork
from machiya.adapters.sql.append_only import make_append_only

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def write(engine: Engine, count: int) -> None:
    for number in range(count):
        with SqlAccessUnitOfWork(engine) as work:
            record(work.audit, NOON, AuditNote("cli:root", "mailbox.add", f"u{number}@home.test", {"quota": "0"}))
            work.commit()


def verified(engine: Engine) -> Verdict:
    with SqlAccessUnitOfWork(engine, read_only=True) as work:
        return verify(work.audit.every(), work.audit.head())


@contextmanager
def as_attacker(engine: Engine) -> Iterator[Connection]:
    """Somebody with every right over the database: the triggers are no hindrance to them."""
    with engine.begin() as connection:
        drop_triggers(connection)
        yield connection
        make_append_only(connection, "audit_log", "number")


def drop_triggers(connection: Connection) -> None:
    for name in ("update", "delete", "replace"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS audit_log_no_{name}"))


def in_threads(*works: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 – whatever it is, the test must hear of it
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
