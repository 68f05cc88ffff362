"""While mail comes in, dumps are made first and files copied then: whatever a row says was stored is in the copy."""

import asyncio
import contextlib
import hashlib
import io
import itertools
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Self

from fakes.mail_room import FakeScanner
from machiya.adapters.maildir.layout import id_mark
from machiya.backup.model import Rota
from machiya.bootstrap import House
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.entrypoints.cli.main import main
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import Envelope, InboundMessage, Verdict, VerdictAction

YOU = EmailAddress.parse("you@home.test")
VERDICTS = (Verdict(VerdictAction.ACCEPT), Verdict(VerdictAction.QUARANTINE, ("virus",)))
ENOUGH = 20


class Stream:
    """Messages without end, every other one for the quarantine, in a thread of its own."""

    def __init__(self, house: House) -> None:
        self._house, self._stop, self._progress = house, threading.Event(), threading.Condition()
        self._taken = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for_more(self) -> None:
        """Until messages came that were not there before."""
        with self._progress:
            goal = self._taken + ENOUGH
            assert self._progress.wait_for(lambda: self._taken >= goal, timeout=60)

    async def _run(self) -> None:
        house, store = self._house, self._house.mail_store()
        with closing(house.ledger_transactions()) as ledger:
            for number in itertools.count():
                if self._stop.is_set():
                    break
                ingest = Ingest(
                    directory=house.directory,
                    scanner=FakeScanner(VERDICTS[number % 2]),
                    store=store,
                    quarantine=house.scanning.files(),
                    ledger=ledger,
                    clock=house.clock,
                    rules=IngestRules(hostname="machiya.home.test"),
                )
                await ingest(_message(house, number))
                with self._progress:
                    self._taken += 1
                    self._progress.notify_all()
        await store.close()


class Waiting:
    """A ``Progress`` that lets messages come in before each source, so that the order of the sources shows."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """Nothing."""

    def line(self, _text: str) -> None:
        """A source begins."""
        self._stream.wait_for_more()


def _message(house: House, number: int) -> InboundMessage:
    content = f"Subject: {number}\r\nFrom: a@street.example\r\n\r\nhello\r\n".encode()
    envelope = Envelope("a@street.example", str(YOU), house.clock.now(), len(content))
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return InboundMessage(new_delivery_id(house.clock.now()), envelope, digest, content)


def _ids(database: Path, query: str) -> set[DeliveryId]:
    with closing(sqlite3.connect(database)) as opened:
        return {DeliveryId(str(one)) for (one,) in opened.execute(query)}


def test_every_row_of_the_dump_has_its_file_in_the_snapshot(tmp_path: Path) -> None:
    root = tmp_path / "house"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(["--house", str(root), "init", "--sample"]) == 0
    house, backing_up = House(root), House(root)
    with Stream(house) as stream:
        stream.wait_for_more()
        taken = backing_up.backups.take(Rota.DAILY, Waiting(stream))
        stream.wait_for_more()
    snapshot = backing_up.backups.disk.find(taken.name).folder
    for one in (house, backing_up):
        one.engine.dispose()
    database = snapshot / "databases" / "machiya.sqlite3"
    stored = _ids(database, "SELECT delivery_id FROM ledger_entries WHERE state = 'stored'")
    aside = _ids(database, "SELECT delivery_id FROM quarantine")
    assert min(len(stored), len(aside)) >= ENOUGH // 2 - 1
    names = " ".join(path.name for path in (snapshot / "mail").rglob("*") if path.is_file())
    assert [one for one in stored if id_mark(one) not in names] == []
    assert [one for one in aside if not (snapshot / "quarantine" / f"{one}.eml").is_file()] == []
