"""Starts the door of a house and keeps it running until told to stop."""

import asyncio
import contextlib
from datetime import timedelta

import structlog

from machiya.bootstrap import House
from machiya.core.errors import MachiyaError
from machiya.entrypoints.mail_api.app import door_app, private_app
from machiya.entrypoints.mail_api.byte_budget import ByteBudget
from machiya.entrypoints.mail_api.context import DoorContext
from machiya.entrypoints.mail_api.metrics import DoorMetrics
from machiya.entrypoints.mail_api.outgoing import answering_postfix, event_desk, outgoing_chores
from machiya.entrypoints.mail_api.quarantine import quarantine_chores
from machiya.entrypoints.mail_api.server import serve
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.ports import LedgerTransactions, MailStore, Scanner, ScannerUnavailable
from machiya.mail.reconcile import reconcile

_log = structlog.get_logger()
_BUDGET_WAIT_SECONDS = 60.0
_REFRESH_SECONDS = 1.0
_DAY = timedelta(days=1)


def run(house: House) -> None:
    """Serve until SIGTERM; one process a house, kept by a lock.

    Raises:
        Conflict: another mail-api runs on this house.
        Refused: the database waits for machiya up, or a newer Machiya has migrated it.
        Unavailable: a port is taken, or the database cannot be opened.
    """
    with house.lock("mail-api"):
        house.ready_database()
        asyncio.run(_serve(house))


async def _serve(house: House) -> None:
    settings = house.settings
    ledger, store, scanner = house.ledger_transactions(), house.mail_store(), house.scanning.scanner()
    try:
        await _take_over(house, ledger)
        await _try_scanner(scanner)
        context = _context(house, ledger, store, scanner)
        door = (door_app(context), settings.mail_api.host, settings.mail_api.port)
        private = (private_app(context), settings.mail_api.private_host, settings.mail_api.private_port)
        await serve(door, private, lambda: _background(house, ledger, store))
    finally:
        await scanner.close()
        await store.close()
        ledger.close()


async def _take_over(house: House, ledger: LedgerTransactions) -> None:
    """Leases of an earlier process end now: the lock says that it is gone."""
    moment = house.clock.now() + house.store_settling
    ended = await ledger.run(lambda rows: rows.expire_leases(moment))
    _log.info("mail_api.started", interrupted_deliveries=ended)


async def _try_scanner(scanner: Scanner) -> None:
    """An ill scanner is told at once; the door opens all the same and answers 503 until it is well."""
    try:
        await scanner.prove()
    except ScannerUnavailable as error:
        _log.warning("scanner.unavailable", reason=error.message)


def _context(house: House, ledger: LedgerTransactions, store: MailStore, scanner: Scanner) -> DoorContext:
    settings = house.settings
    rules = IngestRules(
        hostname=settings.house.hostname,
        max_hops=settings.mail.max_hops,
        lease=timedelta(seconds=settings.mail.lease_seconds),
        store_subjects=settings.mail.store_subjects,
    )
    ingest = Ingest(
        directory=house.directory,
        scanner=scanner,
        store=store,
        quarantine=house.scanning.files(),
        ledger=ledger,
        clock=house.clock,
        rules=rules,
    )
    return DoorContext(
        signing_keys=house.signing_keys(),
        clock=house.clock,
        ingest=ingest,
        edge_book=house.edge_book(),
        address_lines=lambda: house.directory.table.edge_recipients(house.recipient_key()),
        ready=house.not_ready,
        budget=ByteBudget(settings.mail.buffer_bytes, wait_seconds=_BUDGET_WAIT_SECONDS),
        metrics=DoorMetrics(),
        message_bytes=settings.mail.message_bytes,
        events=event_desk(house),
    )


async def _background(house: House, ledger: LedgerTransactions, store: MailStore) -> None:
    async with answering_postfix(house):
        await asyncio.gather(
            _chores(house, store), outgoing_chores(house, ledger, store), quarantine_chores(house, ledger, store)
        )


async def _chores(house: House, store: MailStore) -> None:
    """Refresh the address table when it changed; reconcile once a day."""
    next_reconciliation = house.clock.now() + _DAY
    while True:
        await asyncio.to_thread(house.directory.refresh)
        if house.clock.now() >= next_reconciliation:
            next_reconciliation += _DAY
            await _reconcile(house, store)
        await asyncio.sleep(_REFRESH_SECONDS)


async def _reconcile(house: House, store: MailStore) -> None:
    with contextlib.suppress(MachiyaError):  # an ill store or database is told elsewhere; tomorrow is another day
        found = await reconcile(
            book=house.edge_book(),
            trace=house.trace_reader(),
            store=store,
            clock=house.clock,
            since=house.clock.now() - _DAY,
        )
        _log.info(
            "mail.reconciled",
            accepted=found.accepted,
            delivered=found.delivered,
            dead=found.dead,
            held=found.held,
            in_order=found.in_order,
            alarming=[item.delivery_id for item in found.discrepancies if item.alarming],
        )
