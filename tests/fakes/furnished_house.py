"""A house in which people live: accounts, administrators, mail that came and mail that was set aside."""

import asyncio
import contextlib
import hashlib
import io
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.fields import ATTRIBUTE, TAG
from fakes.mail_room import FakeScanner
from fakes.moving_clock import START, MovingClock
from machiya.access.model import Role
from machiya.accounts.aliases import add_alias
from machiya.accounts.app_passwords import add_app_password
from machiya.accounts.domains import add_domain, change_domain
from machiya.accounts.mailboxes import add_mailbox, change_mailbox
from machiya.accounts.rules.changes import MailboxRules
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Vacation
from machiya.bootstrap import House
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.entrypoints.cli.main import main
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import Envelope, InboundMessage, Verdict, VerdictAction
from machiya.mail.outgoing import LogPosition, OutgoingEvent, OutgoingFacts, OutgoingKind

HOSTNAME = "machiya.home.test"
PASSWORD = "correct horse battery staple"
YOU, OTHER, FAR, GONE = (
    EmailAddress.parse(text) for text in ("you@home.test", "other@home.test", "far@second.test", "gone@second.test")
)
TEAM = EmailAddress.parse("team@second.test")
HOSTILE = f"\u202e請求書 \"'><{TAG} {ATTRIBUTE}=1><script>{TAG}()</script>"
ADMINISTRATORS = {
    "alice": Role.OWNER,
    "adam": Role.ADMINISTRATOR,
    "olga": Role.OPERATOR,
    "vera": Role.VIEWER,
}
VIRUS = Verdict(VerdictAction.QUARANTINE, ("virus Eicar-Test", HOSTILE))


@dataclass(frozen=True)
class Held:
    """What is in the house: messages set aside for you, for another, for both; and one that arrived.

    ``invitation``: the token of an open one. ``yours_device``, ``others_device``: ids of app passwords.
    """

    yours: DeliveryId
    others: DeliveryId
    shared: DeliveryId
    arrived: DeliveryId
    invitation: str
    yours_device: str
    others_device: str


def furnish(root: Path, clock: Clock | None = None) -> Held:
    """Build the house in ``root`` and let people live there."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(["--house", str(root), "init", "--sample"]) == 0
    house = House(root, clock or MovingClock(START))
    yours, others = _move_in(house)
    invitation = _appoint(house)
    with ThreadPoolExecutor(1) as beside:  # Playwright has a loop of its own in the main thread
        messages = beside.submit(asyncio.run, _receive(house)).result()
    _send(house)
    house.engine.dispose()
    return Held(*messages, invitation, yours, others)


def _appoint(house: House) -> str:
    """An administrator of each role, and one who has not come yet: the token of the invitation."""
    administrators = house.access.administrators
    for name, role in ADMINISTRATORS.items():
        administrators.accept(administrators.invite(name, role, by="cli:root").token, PASSWORD)
    return administrators.invite("newcomer", Role.VIEWER, by="administrator:alice").token


def _move_in(house: House) -> tuple[str, str]:
    hasher = house.password_hasher()
    for name in ("second.test", "xn--wgv71a.test"):
        add_domain(house.accounts_uow(), house.clock, DomainName.parse(name))
    you = change_mailbox(house.accounts_uow(), hasher, YOU, password=PASSWORD).mailbox
    with house.accounts_uow() as work:  # the command that made it knows only the machine's own clock
        work.accounts.save_mailbox(replace(you, created_at=house.clock.now()))
        work.commit()
    for address in (OTHER, FAR, GONE):
        add_mailbox(house.accounts_uow(), house.clock, hasher, address, password=PASSWORD, quota_bytes=50_000)
    change_mailbox(house.accounts_uow(), hasher, GONE, enabled=False)
    add_alias(house.accounts_uow(), house.clock, TEAM, (YOU, OTHER, FAR))
    change_domain(house.accounts_uow(), DomainName.parse("second.test"), catch_all=FAR)
    yours, others = (
        add_app_password(house.accounts_uow(), house.clock, address, name).app_password.id
        for address, name in ((YOU, "電話 <b>Thunderbird</b>"), (OTHER, "tablet"))
    )
    _set_rules(house)
    return yours, others


def _set_rules(house: House) -> None:
    """Two filters, a vacation and forwarding, as if the house had a Dovecot that carries them out."""
    subject = Condition(Field.SUBJECT, Comparison.CONTAINS, "請求書 <b>")
    rules = MailboxRules(house.accounts_uow(), carried_out=True)
    rules.set_filters(
        YOU,
        (
            Filter("<b>書店</b>", (subject,), folder="Shops/領収書", mark_read=True),
            Filter("Family", (Condition(Field.SENDER, Comparison.IS, str(OTHER)),), flag=True, forward_to=(FAR,)),
        ),
    )
    rules.set_vacation(YOU, Vacation("不在\nAway.", subject="Away", time_zone="Asia/Tokyo"))
    rules.set_forwarding(YOU, Forwarding((OTHER,)))


def _send(house: House) -> None:
    """What the log of a Postfix would tell of three messages of yours."""
    now, far = house.clock.now(), [f"{name}@street.example" for name in ("hanako", "jiro", "saburo", "shiro", "goro")]
    for queue_id, recipients in (("4dQ1", far[:1]), ("4dQ2", far), ("4dQ3", [])):
        events = [OutgoingEvent(f"{queue_id}{to}", queue_id, now, OutgoingKind.RELAYED, to) for to in recipients]
        known = OutgoingFacts(queue_id, now, f"{queue_id}@home.test", str(YOU), str(YOU), 812)
        facts = [known, *(OutgoingFacts(queue_id, now, event=event) for event in events)]
        house.outgoing_book().take_log(facts, LogPosition("log", 1))


def _message(subject: str) -> bytes:
    lines = (f"Subject: {subject}", f'From: "{HOSTILE}" <bad@street.example>', "", "kon'nichiwa", "")
    return "\r\n".join(lines).encode()


async def _receive(house: House) -> tuple[DeliveryId, DeliveryId, DeliveryId, DeliveryId]:
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

        messages = (
            await come([YOU], VIRUS, HOSTILE),
            await come([OTHER], VIRUS, "For somebody else"),
            await come([TEAM], VIRUS, "For the whole team"),
            await come([YOU], Verdict(VerdictAction.ACCEPT), "Hello"),
        )
    await store.close()
    return messages


def copy_house(model: Path, root: Path) -> Path:
    """The same house somewhere else."""
    return Path(shutil.copytree(model, root))
