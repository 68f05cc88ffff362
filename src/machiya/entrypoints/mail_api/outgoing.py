"""What mail-api does for mail on its way out: answers Postfix, follows its log, tells senders of failures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from machiya.bootstrap import House
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable
from machiya.entrypoints.mail_api.event_routes import EventDesk
from machiya.entrypoints.mail_api.postfix.desk import postfix_desk
from machiya.entrypoints.mail_api.postfix.milter import Rules
from machiya.mail.follow_log import follow_log
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.no_scanner import NoScanner
from machiya.mail.notices import Notices
from machiya.mail.ports import LedgerTransactions, MailStore
from machiya.mail.redirected import RedirectRules

_log = structlog.get_logger()
_LOOK_SECONDS = 1.0


def event_desk(house: House) -> EventDesk | None:
    """For the relay's events; None where its public key is not set."""
    webhook = house.relay_webhook()
    return EventDesk(webhook, house.outgoing_book()) if webhook else None


@asynccontextmanager
async def answering_postfix(house: House) -> AsyncIterator[None]:
    """Listen for Postfix during the block, where the settings name an address.

    Raises:
        Unavailable: the address or a port cannot be had.
    """
    settings = house.settings.submission
    if not settings.host:
        yield
        return
    ports = {"milter_port": settings.milter_port, "lookup_port": settings.lookup_port}
    rules = Rules(house.submission_rules(), RedirectRules(house.directory))
    async with postfix_desk(rules, house.directory, settings.host, **ports):
        yield


async def outgoing_chores(house: House, ledger: LedgerTransactions, store: MailStore) -> None:
    """Look every second; what is ill is told once and tried again. Ends at once where nothing leaves the house."""
    log, notices = house.queue_log(), _notices(house, ledger, store) if house.relay_webhook() else None
    book, lines, ill = house.outgoing_book(), house.log_lines(), ""
    while log or notices:
        try:
            if log:
                await asyncio.to_thread(follow_log, log, lines, book, house.clock)
            if notices:
                await _tell(notices)
            ill = ""
        except Unavailable as error:
            if error.message != ill:
                _log.warning("outgoing.ill", code=error.code, reason=error.message)
            ill = error.message
        await asyncio.sleep(_LOOK_SECONDS)


async def _tell(notices: Notices) -> None:
    sent, lost = await notices.deliver()
    if sent:
        _log.info("notices.delivered", count=sent)
    if lost:
        _log.error("notices.unreadable", count=lost, hint="Nobody here reads mail for their senders.")


def _notices(house: House, ledger: LedgerTransactions, store: MailStore) -> Notices:
    settings = house.settings
    rules = IngestRules(
        hostname=settings.house.hostname,
        lease=timedelta(seconds=settings.mail.lease_seconds),
        store_subjects=settings.mail.store_subjects,
        origin="the relay's events",
    )
    take = Ingest(
        directory=house.directory,
        scanner=NoScanner(),
        store=store,
        quarantine=house.scanning.files(),
        ledger=ledger,
        clock=house.clock,
        rules=rules,
    )
    owner = EmailAddress.parse(settings.house.owner) if settings.house.owner else None
    return Notices(house.outgoing_book(), take, house.clock, hostname=rules.hostname, owner=owner)
