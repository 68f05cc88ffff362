"""A house in which people live: accounts, administrators, mail that came and mail that was set aside."""

import asyncio
import contextlib
import hashlib
import io
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from corpus.fields import ATTRIBUTE, TAG
from fakes.mail_room import FakeScanner
from fakes.moving_clock import START, MovingClock
from machiya.accounts.aliases import add_alias
from machiya.accounts.app_passwords import add_app_password
from machiya.accounts.domains import add_domain, change_domain
from machiya.accounts.mailboxes import add_mailbox, change_mailbox
from machiya.bootstrap import House
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.entrypoints.cli.main import main
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import Envelope, InboundMessage, Verdict, VerdictAction

HOSTNAME = "machiya.home.test"
PASSWORD = "correct horse battery staple"
YOU, OTHER, FAR, GONE = (
    EmailAddress.parse(text) for text in ("you@home.test", "other@home.test", "far@second.test", "gone@second.test")
)
TEAM = EmailAddress.parse("team@second.test")
HOSTILE = f"\u202e請求書 \"'><{TAG} {ATTRIBUTE}=1><script>{TAG}()</script>"
VIRUS = Verdict(VerdictAction.QUARANTINE, ("virus Eicar-Test", HOSTILE))


@dataclass(frozen=True)
class Held:
    """What is set aside: for one mailbox, for another, and for both of them."""

    yours: DeliveryId
    others: DeliveryId
    shared: DeliveryId
    arrived: DeliveryId


def furnish(root: Path, clock: Clock | None = None) -> Held:
    """Build the house in ``root`` and let people live there."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(["--house", str(root), "init", "--sample"]) == 0
    house = House(root, clock or MovingClock(START))
    _move_in(house)
    held = asyncio.run(_receive(house))
    house.engine.dispose()
    return held


def _move_in(house: House) -> None:
    hasher = house.password_hasher()
    for name in ("second.test", "xn--r8jz45g.test"):
        add_domain(house.accounts_uow(), house.clock, DomainName.parse(name))
    change_mailbox(house.accounts_uow(), hasher, YOU, password=PASSWORD)
    for address in (OTHER, FAR, GONE):
        add_mailbox(house.accounts_uow(), house.clock, hasher, address, password=PASSWORD, quota_bytes=50_000)
    change_mailbox(house.accounts_uow(), hasher, GONE, enabled=False)
    add_alias(house.accounts_uow(), house.clock, TEAM, (YOU, OTHER, FAR))
    change_domain(house.accounts_uow(), DomainName.parse("second.test"), catch_all=FAR)
    for address, name in ((YOU, "電話 <b>Thunderbird</b>"), (OTHER, "tablet")):
        add_app_password(house.accounts_uow(), house.clock, address, name)


def _message(subject: str) -> bytes:
    lines = (f"Subject: {subject}", f'From: "{HOSTILE}" <bad@street.example>', "", "kon'nichiwa", "")
    return "\r\n".join(lines).encode()


async def _receive(house: House) -> Held:
    store = house.mail_store()
    with closing(house.ledger_transactions()) as ledger:

        async def come(recipients: Sequence[EmailAddress | str], verdict: Verdict, subject: str) -> DeliveryId:
            made, content = new_delivery_id(house.clock.now()), _message(subject)
            ingest = Ingest(
                directory=house.directory,
                scanner=FakeScanner(verdict),
                store=store,
                quarantine=house.scanning.files(),
                ledger=ledger,
                clock=house.clock,
                rules=IngestRules(hostname=HOSTNAME),
            )
            for recipient in recipients:
                envelope = Envelope("bad@street.example", str(recipient), house.clock.now(), len(content))
                digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
                await ingest(InboundMessage(made, envelope, digest, content))
            return made

        held = Held(
            yours=await come([YOU], VIRUS, HOSTILE),
            others=await come([OTHER], VIRUS, "For somebody else"),
            shared=await come([TEAM], VIRUS, "For the whole team"),
            arrived=await come([YOU], Verdict(VerdictAction.ACCEPT), "Hello"),
        )
    await store.close()
    return held


def copy_house(model: Path, root: Path) -> Path:
    """The same house somewhere else."""
    return Path(shutil.copytree(model, root))
