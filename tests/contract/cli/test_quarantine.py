"""machiya quarantine, as a person and a script see it."""

import asyncio
import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes.mail_room import FakeScanner
from machiya.accounts.mailboxes import list_mailboxes
from machiya.bootstrap import House, open_house
from machiya.core.clock import SystemClock
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.entrypoints.mail_api.quarantine import expire_quarantine
from machiya.entrypoints.usermgmt.quarantine.acting import release
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import Delivery, Envelope, InboundMessage, Verdict, VerdictAction
from machiya.mail.quarantine_ledger import claim_quarantined

CONTENT = b"Subject: invoice \x1b[31m\r\nFrom: bad@street.example\r\n\r\nbody \xff\0\r\n"
VERDICT = Verdict(VerdictAction.QUARANTINE, ("virus Eicar-Test",))


async def _set_aside(house: House, recipient: str) -> DeliveryId:
    made, store = new_delivery_id(house.clock.now()), house.mail_store()
    envelope = Envelope("bad@street.example", recipient, house.clock.now(), len(CONTENT))
    with closing(house.ledger_transactions()) as ledger:
        ingest = Ingest(
            directory=house.directory,
            scanner=FakeScanner(VERDICT),
            store=store,
            quarantine=house.scanning.files(),
            ledger=ledger,
            clock=house.clock,
            rules=IngestRules(hostname="machiya.home.test"),
        )
        await ingest(InboundMessage(made, envelope, hashlib.md5(CONTENT).hexdigest(), CONTENT))
    await store.close()
    return made


@pytest.fixture
def held(house: Path) -> DeliveryId:
    return asyncio.run(_set_aside(open_house(house), "hello@home.test"))


def maildir(house: Path) -> list[Path]:
    return list((open_house(house).mail_folder / "home.test" / "you" / "Maildir").glob("new/*"))


def test_quarantine_list_and_show(held: DeliveryId, machiya: Any) -> None:
    assert "virus Eicar-Test" in machiya("quarantine", "list").out
    [data] = json.loads(machiya("quarantine", "list", "--json").out)
    assert (data["delivery_id"], data["from"], data["to"]) == (held, "bad@street.example", "hello@home.test")
    assert (data["mailboxes"], data["reasons"]) == (["you@home.test"], ["virus Eicar-Test"])
    shown = machiya("quarantine", "show", held[:14]).out
    assert "From: bad@street.example" in shown
    assert "\x1b" not in shown
    assert "body" not in shown


def test_quarantine_list_says_until_when(held: DeliveryId, machiya: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def until() -> str | None:
        [data] = json.loads(machiya("quarantine", "list", "--json").out)
        since = datetime.fromisoformat(data["quarantined_at"])
        return str(datetime.fromisoformat(data["kept_until"]) - since) if data["kept_until"] else None

    assert held
    assert until() == "30 days, 0:00:00"
    monkeypatch.setenv("MACHIYA_SCANNER__QUARANTINE_DAYS", "0")
    assert until() is None
    assert "deleted by hand" in machiya("quarantine", "list").out.replace("\n", " ")


def test_quarantine_expires_in_mail_api(
    held: DeliveryId, house: Path, machiya: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hourly() -> None:
        opened = open_house(house)
        store = opened.mail_store()
        with closing(opened.ledger_transactions()) as ledger:
            await expire_quarantine(opened, ledger, store)
        await store.close()

    asyncio.run(hourly())
    assert held in machiya("quarantine", "list").out
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime.now(UTC) + timedelta(days=30))
    asyncio.run(hourly())
    assert machiya("quarantine", "list").out == ""
    assert "deleted after 30 days in the quarantine" in machiya("trace", held).out


def test_quarantine_release_of_one_named_twice_delivers_it_once(held: DeliveryId, house: Path, machiya: Any) -> None:
    outcome = machiya("quarantine", "release", held, held[:14])
    assert (outcome.code, len(maildir(house))) == (0, 1)


def test_quarantine_release_delivers_once_and_unchanged(held: DeliveryId, house: Path, machiya: Any) -> None:
    assert maildir(house) == []
    released = machiya("quarantine", "release", held)
    assert (released.code, released.err) == (0, "")
    [file] = maildir(house)
    assert file.read_bytes().endswith(CONTENT.replace(b"\r\n", b"\n"))
    assert b"\nX-Machiya-Verdict: released from the quarantine;\n\tvirus Eicar-Test\n" in file.read_bytes()
    assert machiya("quarantine", "release", held).code == 4
    assert len(maildir(house)) == 1
    told = machiya("trace", held).out
    assert "set aside for you@home.test: virus Eicar-Test" in told
    assert "released from the quarantine for you@home.test" in told


def test_quarantine_delete_asks_first(held: DeliveryId, machiya: Any, type_in: Any) -> None:
    type_in("n")
    assert machiya("quarantine", "delete", "--all").code == 7
    assert held in machiya("quarantine", "list").out
    assert machiya("quarantine", "delete", held, "--yes").code == 0
    assert machiya("quarantine", "list").out == ""
    assert "deleted from the quarantine by hand" in machiya("trace", held).out
    assert machiya("quarantine", "delete").code == 2


async def _cut_off_release(house: House) -> None:
    """The message is stored, and then nothing more happened; more than a lease ago."""
    [item] = house.scanning.book().items()
    before = house.clock.now() - timedelta(hours=1)
    store = house.mail_store()
    with closing(house.ledger_transactions()) as ledger:
        await ledger.run(lambda rows: claim_quarantined(rows, item, before, timedelta(minutes=2)))
        await store.store(Delivery(item.delivery_id, item.sender, before, b"", CONTENT), item.mailboxes)
    await store.close()


def test_quarantine_delete_after_a_release_that_was_cut_off(held: DeliveryId, house: Path, machiya: Any) -> None:
    asyncio.run(_cut_off_release(open_house(house)))
    outcome = machiya("quarantine", "delete", held, "--yes")
    assert (outcome.code, len(maildir(house))) == (0, 1)
    assert "you@home.test has it: a release reached it before it was cut off" in outcome.err
    assert f"{held}: nothing was left to delete." in outcome.out
    told = machiya("trace", held).out
    assert ("released from the quarantine" in told, "deleted from the quarantine" in told) == (True, False)


def test_quarantine_release_to_a_mailbox_that_is_gone_says_so(held: DeliveryId, house: Path, machiya: Any) -> None:
    assert machiya("mailbox", "remove", "you@home.test", "--yes").code == 0
    outcome = machiya("quarantine", "release", held)
    assert (outcome.code, "the mailbox is gone or disabled" in outcome.err) == (10, True)
    assert (maildir(house), held in machiya("quarantine", "list").out) == ([], True)


def test_quarantine_release_warns_that_the_mailbox_is_newer_than_the_message_and_goes_on(
    held: DeliveryId, house: Path, machiya: Any
) -> None:
    assert machiya("mailbox", "remove", "you@home.test", "--yes").code == 0
    assert machiya("mailbox", "add", "you@home.test", "--generate-password").code == 0
    outcome = machiya("quarantine", "release", held)
    warned = "made only after this message came, perhaps for somebody else: you@home.test"
    assert (outcome.code, " ".join(outcome.err.split())) == (0, f"warning: {held}: {warned}")
    assert len(maildir(house)) == 1


def test_status_tells_of_the_quarantine_and_that_mail_is_not_scanned(held: DeliveryId, machiya: Any) -> None:
    assert held
    facts = json.loads(machiya("status", "--json").out)["facts"]
    assert facts["quarantine"].startswith("1, ")
    assert facts["scanning"] == "mail is not scanned: the embedded house has no scanner"


@pytest.mark.parametrize(("command", "action"), [("release", "quarantine.release"), ("delete", "quarantine.delete")])
def test_what_is_released_or_deleted_is_recorded(held: DeliveryId, machiya: Any, command: str, action: str) -> None:
    machiya("quarantine", command, held[:14], *(["--yes"] if command == "delete" else []))
    [entry, *_] = json.loads(machiya("audit", "list", "--json").out)["entries"]
    assert (entry["action"], entry["target"]) == (action, held)
    assert entry["details"] == {"mailboxes": "you@home.test", "sender": "bad@street.example"}


def test_a_program_that_runs_for_long_releases_to_a_mailbox_made_meanwhile(house: Path, machiya: Any) -> None:
    """As usermgmt does: what it read of the accounts when it first released something is older."""
    running = open_house(house)
    running.directory.refresh()
    machiya("mailbox", "add", "late@home.test", "--generate-password")
    made = asyncio.run(_set_aside(open_house(house), "late@home.test"))
    (late,) = [box for box in list_mailboxes(running.accounts_uow(read_only=True)) if box.address.local == "late"]
    assert release(running, made, late) == ""
    assert len(list((running.mail_folder / "home.test/late/Maildir/new").iterdir())) == 1
