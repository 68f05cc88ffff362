"""Starts usermgmt of a house and keeps it running until told to stop."""

from machiya.bootstrap import House
from machiya.entrypoints.usermgmt.server import Server


def run(house: House) -> None:
    """Serve until SIGTERM; SIGHUP takes up settings and secrets anew. One a house, kept by a lock.

    Raises:
        Conflict: another usermgmt runs on this house.
        Refused: the database waits for machiya up, or a newer Machiya has migrated it.
        Unavailable: the database cannot be opened.
        CertificateUnusable: its certificate or key cannot be read.
    """
    with house.lock("usermgmt"):
        house.ready_database()
        house.engine.dispose()  # the workers open their own connections
        Server(house).run()
