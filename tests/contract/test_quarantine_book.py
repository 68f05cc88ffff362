"""The quarantine's rows, whoever keeps them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from contract.books import MailBooks
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import new_delivery_id
from machiya.mail.model import Quarantined

NOON = datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC)
MAILBOXES = tuple(EmailAddress.parse(text) for text in ("taro@home.test", '"a b"@home.test', "tärö@home.test"))


def item(minute: int = 0) -> Quarantined:
    moment = NOON + timedelta(minutes=minute)
    return Quarantined(
        delivery_id=new_delivery_id(moment),
        quarantined_at=moment,
        md5="d41d8cd98f00b204e9800998ecf8427e",
        size_bytes=25 * 1024 * 1024,
        sender="",
        recipient="team@home.test",
        mailboxes=MAILBOXES,
        reasons=("virus Eicar-Test", "件名 \udcff"),
        header_from="山田 太郎 <taro@example.jp>",
        subject="件名 🏯",
    )


async def test_items_come_back_newest_first_as_they_were_added(books: MailBooks) -> None:
    assert books.quarantine.items() == ()
    older, newer = item(), replace(item(1), subject=None)
    for one in (older, newer):
        await books.ledger.run(lambda ledger, one=one: ledger.add_quarantined(one))  # type: ignore[misc]
    assert books.quarantine.items() == (newer, older)


async def test_adding_again_replaces_and_removing_forgets(books: MailBooks) -> None:
    one = item()
    left = replace(one, mailboxes=MAILBOXES[:1])
    for version in (one, left):
        await books.ledger.run(lambda ledger, version=version: ledger.add_quarantined(version))  # type: ignore[misc]
    assert books.quarantine.items() == (left,)
    for _ in range(2):
        await books.ledger.run(lambda ledger: ledger.remove_quarantined(one.delivery_id))
    assert books.quarantine.items() == ()
