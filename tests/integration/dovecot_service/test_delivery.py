"""What comes over LMTP, as mail-api hands it over."""

import re
import uuid
from base64 import b64encode
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import MailHouse, wait_for
from machiya.adapters.maildir.layout import maildir_of
from machiya.core.addresses import EmailAddress

pytestmark = pytest.mark.mailstack
LINE = "0123456789" * 7 + "\n"


def test_message_lands_where_the_embedded_house_would_put_it(house: MailHouse, clients: Clients) -> None:
    mailbox = house.add_mailbox("o'hara&sons@home.test")
    assert clients.deliver(mailbox).startswith("250")
    inbox = maildir_of(house.mail, EmailAddress.parse(mailbox))
    [file] = (inbox / "new").iterdir()
    assert file.read_bytes().endswith(b"\nSubject: x\n\nhello\n")


def test_unknown_and_disabled_mailboxes_are_refused_at_rcpt(clients: Clients, new_mailbox: Callable[..., str]) -> None:
    assert clients.deliver("nobody@home.test").startswith("550 5.1.1")
    assert clients.deliver(new_mailbox(enabled=False)).startswith("550 5.1.1")


def test_same_delivery_twice_is_one_message(clients: Clients, mailbox: str) -> None:
    delivery_id = str(uuid.uuid4())
    for _ in range(2):
        assert clients.deliver(mailbox, id_=delivery_id).startswith("250")
    assert clients.count(mailbox) == 1
    found = clients.doveadm("search", user=mailbox, query=["HEADER", "X-Machiya-Delivery", delivery_id])
    assert len(found) == 1


def test_same_message_id_in_two_deliveries_is_two_messages(clients: Clients, mailbox: str) -> None:
    for _ in range(2):
        assert clients.deliver(mailbox, "Message-ID: <same@out.test>\n\nhello\n").startswith("250")
    assert clients.count(mailbox) == 2


def test_verdict_junk_goes_to_junk_and_only_the_first_verdict_counts(clients: Clients, mailbox: str) -> None:
    clients.deliver(mailbox, head="X-Machiya-Verdict: junk;\n\tBAYES_SPAM (5.1)\nX-Spam: Yes\n")
    clients.deliver(mailbox, head="X-Machiya-Verdict: clean\n", content="X-Machiya-Verdict: junk\n\nforged\n")
    assert clients.count(mailbox, "Junk") == 1
    assert clients.count(mailbox) == 1


def test_tag_goes_to_the_folder_of_that_name_if_there_is_one(clients: Clients, mailbox: str) -> None:
    session = clients.imap(mailbox)
    session.create("books")
    session.create("Shops")
    session.logout()
    local, domain = mailbox.split("@")
    for tag in ("books", "shops", "nothing"):
        assert clients.deliver(mailbox, sent_to=f"{local}+{tag}@{domain}").startswith("250")
    assert clients.deliver(f"{local}+books@{domain}", sent_to="team@home.test").startswith("250")
    assert [clients.count(mailbox, folder) for folder in ("books", "Shops", "INBOX")] == [2, 1, 1]


@pytest.mark.parametrize("way", ["mail-api", "postfix"])
def test_tag_never_chooses_a_special_folder(clients: Clients, mailbox: str, way: str) -> None:
    made = ("ごみ箱", "ゴミ箱", "送信済みメール", "下書き", "迷惑メール", "Deleted Items", "TRASH")
    given = ("Trash", "trash", "Sent", "drafts", "JUNK", "Archive", "Trash/", "Trash.", "/Trash")
    session = clients.imap(mailbox)
    for folder in made:
        assert session.create(f'"{_modified_utf7(folder)}"')[0] == "OK"
    session.logout()
    local, domain = mailbox.split("@")
    for tag in (*made, *given):
        tagged = f"{local}+{tag}@{domain}" if tag.isalpha() else f'"{local}+{tag}"@{domain}'
        to, sent_to = (tagged, "team@home.test") if way == "postfix" else (mailbox, tagged)
        assert clients.deliver(to, sent_to=sent_to).startswith("250")
    assert clients.count(mailbox) == len(made) + len(given)


def test_tag_may_name_a_folder_that_the_person_made_below_another(clients: Clients, mailbox: str) -> None:
    session = clients.imap(mailbox)
    session.create("lists/trash")
    session.create("Archive/2026")
    session.logout()
    local, domain = mailbox.split("@")
    for tag in ("lists/trash", "Archive/2026"):
        assert clients.deliver(f"{local}+{tag}@{domain}", sent_to="team@home.test").startswith("250")
        assert clients.deliver(mailbox, sent_to=f"{local}+{tag}@{domain}").startswith("250")
        assert clients.count(mailbox, tag) == 2
    assert clients.count(mailbox) == 0


def test_tag_in_a_received_field_below_is_a_strangers(clients: Clients, mailbox: str) -> None:
    session = clients.imap(mailbox)
    session.create("books")
    session.logout()
    clients.deliver(mailbox, "Received: from a by b for <x+books@home.test>;\n\tX\nSubject: x\n\nhello\n")
    assert clients.count(mailbox) == 1


def test_over_quota_is_temporary_and_warned_about_once_at_80_and_at_95(
    clients: Clients, new_mailbox: Callable[..., str]
) -> None:
    mailbox = new_mailbox(quota_bytes=100_000)

    def fill(lines: int) -> str:
        return clients.deliver(mailbox, "Subject: filling\n\n" + LINE * lines)

    def warnings() -> list[str]:
        return [text for text in map(_subject, clients.messages(mailbox)) if "full" in text]

    assert fill(1130).startswith("250")
    wait_for(lambda: len(warnings()) == 1, "no warning at 80 %")
    assert fill(190).startswith("250")
    wait_for(lambda: len(warnings()) == 2, "no warning at 95 %")
    assert fill(200).startswith("452 4.2.2")
    assert fill(200).startswith("452 4.2.2")
    assert [re.sub(r"\D", "", text)[:2] for text in warnings()] == ["80", "95"]
    _empty(clients, mailbox)
    assert fill(1130).startswith("250")
    wait_for(lambda: len(warnings()) == 1, "no warning after there was room again")


def test_warning_is_a_proper_message_in_japanese_and_english(clients: Clients, new_mailbox: Callable[..., str]) -> None:
    mailbox = new_mailbox(quota_bytes=30_000)
    clients.deliver(mailbox, "Subject: filling\n\n" + LINE * 345)
    wait_for(lambda: clients.count(mailbox) == 2, "no warning")
    warning = message_from_bytes(clients.messages(mailbox)[-1], policy=policy.default)
    assert warning["Subject"] == "メールボックスの 80% を使用中 / Your mailbox is 80% full"
    assert (warning["To"], warning["Auto-Submitted"]) == (mailbox, "auto-generated")
    assert not warning.defects
    body = warning.get_content()
    assert f"メールボックス {mailbox} は容量の 80% を使用しています。" in body
    assert f"Your mailbox {mailbox} is 80% full." in body


def _modified_utf7(name: str) -> str:
    """As IMAP names folders (RFC 3501 §5.1.3); ``name`` is all ASCII or not at all."""
    return (
        name if name.isascii() else f"&{b64encode(name.encode('utf-16-be')).rstrip(b'=').decode().replace('/', ',')}-"
    )


def _subject(octets: bytes) -> str:
    return str(message_from_bytes(octets, policy=policy.default)["Subject"])


def _empty(clients: Clients, mailbox: str) -> None:
    session = clients.imap(mailbox)
    session.select("INBOX")
    session.store("1:*", "+FLAGS", r"(\Deleted)")
    session.expunge()
    session.logout()
