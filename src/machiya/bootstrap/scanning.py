"""The scanner and the quarantine of a house put together."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.files.house import make_private_folder
from machiya.core.clock import Clock
from machiya.settings import Settings
from machiya.stacks.catalogue.rspamd import service as rspamd
from machiya.stacks.networks import Network, address

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from machiya.adapters.rspamd.scanner import RspamdScanner
    from machiya.mail.ports import (
        LedgerTransactions,
        MailStore,
        QuarantineBook,
        QuarantineFiles,
        RecipientDirectory,
        Scanner,
    )
    from machiya.mail.quarantine import Quarantine

_FOR_THE_GROUP = 0o640  # in containers usermgmt reads what mail-api wrote; the folder itself lets nobody else in

# As in the package: adapters are imported where they are made.
# ruff: noqa: PLC0415


class Scanning:
    """``engine`` and ``directory`` are asked for when they are needed."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        engine: "Callable[[], Engine]",
        directory: "Callable[[], RecipientDirectory]",
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._engine = engine
        self._directory = directory

    @property
    def folder(self) -> Path:
        """What was set aside."""
        path = self._settings.storage.bulk / "quarantine"
        make_private_folder(path)
        return path

    def scanner(self) -> "Scanner":
        """Rspamd, or the scanner that says it is none; close it."""
        from machiya.mail.no_scanner import NoScanner

        return self.rspamd() or NoScanner()

    def rspamd(self) -> "RspamdScanner | None":
        """None where the owner turned scanning off or the house has no scanner; close it."""
        from machiya.adapters.rspamd.scanner import RspamdScanner

        scanner = self._settings.scanner
        url = scanner.url or self._own_url()
        if not scanner.enabled or not url:
            return None
        return RspamdScanner(
            url,
            timeout_seconds=scanner.timeout_seconds,
            connections=scanner.connections,
            antivirus=scanner.antivirus,
            hostname=self._settings.house.hostname,
        )

    @property
    def _in_containers(self) -> bool:
        return self._settings.house.engine == "docker"

    def _own_url(self) -> str:
        """Rspamd of the house in containers; the embedded house has none."""
        if not self._in_containers:
            return ""
        return f"http://{address(self._settings.docker.network_prefix, Network.MAILSERVER, 'rspamd')}:{rspamd.PORT}"

    def self_test(self) -> bool:
        """Ask the scanner now; false: the house has none.

        Raises:
            ScannerUnavailable: it does not find what it must find.
        """
        rspamd = self.rspamd()
        if rspamd is not None:
            asyncio.run(_self_test(rspamd))
        return rspamd is not None

    def dns_answers(self) -> bool | None:
        """Whether the house's resolver reaches DNS; None: the house has none, or one that never asks."""
        docker = self._settings.docker
        if not self._in_containers or docker.resolver == "none":
            return None
        from machiya.adapters.unbound.probe import dns_answers

        return dns_answers(address(docker.network_prefix, Network.MAILSERVER, "unbound"))

    def files(self) -> "QuarantineFiles":
        """The bytes of what was set aside."""
        from machiya.adapters.quarantine.folder import QuarantineFolder

        return QuarantineFolder(self.folder, partial(write_atomically, mode=_FOR_THE_GROUP))

    def open_to_group(self) -> int:
        """What an earlier Machiya set aside is there for usermgmt, too; how many messages were not.

        Raises:
            StoreUnavailable: the disk refused.
        """
        from machiya.adapters.quarantine.folder import QuarantineFolder

        return QuarantineFolder(self.folder, write_atomically).open_to_group(_FOR_THE_GROUP)

    def book(self) -> "QuarantineBook":
        """Questions about what was set aside."""
        from machiya.adapters.sql.quarantine import SqlQuarantineBook

        return SqlQuarantineBook(self._engine())

    def quarantine(self, ledger: "LedgerTransactions", store: "MailStore") -> "Quarantine":
        """Lets messages out or deletes them; hold the house's lock ``quarantine`` meanwhile."""
        from machiya.mail.quarantine import Quarantine, ReleaseRules

        settings = self._settings
        return Quarantine(
            files=self.files(),
            ledger=ledger,
            store=store,
            directory=self._directory(),
            clock=self._clock,
            rules=ReleaseRules(settings.house.hostname, timedelta(seconds=settings.mail.lease_seconds)),
        )


async def _self_test(rspamd: "RspamdScanner") -> None:
    try:
        await rspamd.self_test()
    finally:
        await rspamd.close()
