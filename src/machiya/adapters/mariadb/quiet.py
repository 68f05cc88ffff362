"""What the server does otherwise while a dump is loaded, and as before afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from machiya.adapters.mariadb.programs import LARGEST_PACKET_BYTES
from machiya.adapters.mariadb.server import ServerAddress, talking
from machiya.core.errors import Unavailable


@contextmanager
def room_for_rows(server: ServerAddress) -> Iterator[None]:
    """A row of 16 MB is stored in an instant and dumped as a statement of 32: new connections may send that much."""
    with _setting(server, "max_allowed_packet", LARGEST_PACKET_BYTES):
        yield


@contextmanager
def nobody_writes(server: ServerAddress) -> Iterator[None]:
    """But the administrator; the others are told that the database is read-only, and mail waits at the edge."""
    with _setting(server, "read_only", 1):
        yield


@contextmanager
def _setting(server: ServerAddress, name: str, value: int) -> Iterator[None]:
    """Set back on a new connection, whatever became of the others.

    Raises:
        Unavailable: it could not be set, or not be set back.
    """
    with talking(server) as cursor:
        cursor.execute(f"SELECT @@GLOBAL.{name}")
        before = int(cursor.fetchone()[0])
    try:
        with talking(server) as cursor:
            cursor.execute(f"SET GLOBAL {name} = {value}")
        yield
    finally:
        back = f"SET GLOBAL {name} = {before}"
        try:
            with talking(server) as cursor:
                cursor.execute(back)
        except Unavailable as error:
            raise Unavailable(
                f"{name} of the database server may still be {value} ({error})",
                hint=f"Restart MariaDB, or run as its administrator: {back}",
            ) from error
