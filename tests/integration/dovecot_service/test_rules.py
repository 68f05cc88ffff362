"""What a mailbox does by itself, as Dovecot carries it out: filters and forwarding."""

import uuid

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import MailHouse
from integration.dovecot_service.neighbours import postfix
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules
from machiya.core.addresses import EmailAddress

pytestmark = pytest.mark.mailstack
JUNK = "X-Machiya-Verdict: junk;\n\tBAYES_SPAM (5.1)\n"


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


def on_subject(text: str) -> tuple[Condition, ...]:
    return (Condition(Field.SUBJECT, Comparison.CONTAINS, text),)


def message(subject: str, *, sender: str = "sender@out.test", more: str = "") -> str:
    return f"From: {sender}\nSubject: {subject}\nMessage-ID: <{uuid.uuid4()}@out.test>\n{more}\nhello\n"


def filtered(house: MailHouse, mailbox: str, *filters: Filter) -> None:
    house.publish_rules(Rules(at(mailbox), filters=filters))


def flags(clients: Clients, mailbox: str, folder: str) -> str:
    session = clients.imap(mailbox)
    try:
        session.select(f'"{folder}"', readonly=True)
        return session.fetch("1", "(FLAGS)")[1][0].decode()  # type: ignore[union-attr]  # one line
    finally:
        session.logout()


def test_filter_files_into_a_japanese_folder_that_it_makes_and_shows(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    filtered(house, mailbox, Filter("invoices", on_subject("請求書"), folder="仕事/請求", mark_read=True, flag=True))
    assert clients.deliver(mailbox, message("=?utf-8?B?5LuK5pyI44Gu6KuL5rGC5pu4?=")).startswith("250")
    assert clients.deliver(mailbox, message("other")).startswith("250")
    assert clients.count(mailbox) == 1
    assert clients.count(mailbox, "&TtVOiw-/&istsQg-") == 1
    shown = flags(clients, mailbox, "&TtVOiw-/&istsQg-")
    assert r"\Seen" in shown
    assert r"\Flagged" in shown
    session = clients.imap(mailbox)
    assert any(b"&TtVOiw-/&istsQg-" in line for line in session.lsub()[1] if isinstance(line, bytes))
    session.logout()


def test_change_and_removal_are_active_at_once(house: MailHouse, clients: Clients, mailbox: str) -> None:
    for folder in ("one", "two"):
        filtered(house, mailbox, Filter("all", on_subject("x"), folder=folder))
        assert clients.deliver(mailbox).startswith("250")
        assert clients.count(mailbox, folder) == 1
    filtered(house, mailbox)
    assert clients.deliver(mailbox).startswith("250")
    assert clients.count(mailbox) == 1


def test_order_and_stop_decide_and_a_trashed_message_is_still_there(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    filtered(
        house,
        mailbox,
        Filter("marks", on_subject("sale"), flag=True, stop=False),
        Filter("keeps", on_subject("wanted"), folder="Shops"),
        Filter("throws away", on_subject("sale"), trash=True),
        Filter("never asked", on_subject("sale"), folder="never"),
    )
    assert clients.deliver(mailbox, message("wanted sale")).startswith("250")
    assert clients.deliver(mailbox, message("sale")).startswith("250")
    assert [clients.count(mailbox, folder) for folder in ("Shops", "Trash", "INBOX")] == [1, 1, 0]
    assert r"\Flagged" in flags(clients, mailbox, "Trash")


@pytest.mark.parametrize(
    ("condition", "fits", "does_not"),
    [
        (Condition(Field.SENDER, Comparison.IS, "A@out.test"), "From: Mr A <a@OUT.test>", "From: ba@out.test"),
        (Condition(Field.SENDER, Comparison.CONTAINS, "田中"), "From: =?utf-8?B?55Sw5Lit?= <t@o.jp>", "From: t@o.jp"),
        (Condition(Field.RECIPIENT, Comparison.IS, "sales@home.test"), "Cc: x@a.test, sales@home.test", "To: a@b.test"),
        (Condition(Field.LIST_ID, Comparison.IS, "l.out.test"), "List-Id: A <l.out.test>", "List-Id: <xl.out.test>"),
        (Condition(Field.SUBJECT, Comparison.IS, 'a "b" \\c ${d}'), 'Subject: a "b" \\c ${d}', "Subject: a"),
    ],
)  # fmt: skip
def test_each_condition(
    house: MailHouse, clients: Clients, mailbox: str, condition: Condition, fits: str, does_not: str
) -> None:
    filtered(house, mailbox, Filter("one", (condition,), folder="found"))
    for field in (fits, does_not):
        assert clients.deliver(mailbox, f"{field}\n\nhello\n").startswith("250")
    assert [clients.count(mailbox, folder) for folder in ("found", "INBOX")] == [1, 1]


def test_persons_own_script_goes_on_after_the_rules(house: MailHouse, clients: Clients, mailbox: str) -> None:
    clients.sieve(mailbox, 'require ["fileinto", "mailbox"]; fileinto :create "own";')
    filtered(
        house, mailbox, Filter("filed", on_subject("rules"), folder="rules"), Filter("m", on_subject("x"), flag=True)
    )
    for subject in ("rules", "x", "else"):
        assert clients.deliver(mailbox, message(subject)).startswith("250")
    assert [clients.count(mailbox, folder) for folder in ("rules", "own", "INBOX")] == [1, 2, 0]


@pytest.mark.parametrize("keep_copy", [True, False])
def test_forwarding_goes_under_the_owners_address(
    house: MailHouse, clients: Clients, mailbox: str, *, keep_copy: bool
) -> None:
    targets = (at("a@out.test"), at("b@out.test"))
    house.publish_rules(Rules(at(mailbox), forwarding=Forwarding(targets, keep_copy)))
    with postfix() as left:
        assert clients.deliver(mailbox, message("x")).startswith("250")
    assert sorted((one.sender, *one.recipients) for one in left) == [(mailbox, str(target)) for target in targets]
    assert clients.count(mailbox) == keep_copy


def test_second_message_with_one_message_id_is_kept_where_it_is_not_forwarded(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    house.publish_rules(Rules(at(mailbox), forwarding=Forwarding((at("a@out.test"),), keep_copy=False)))
    first = message("first")
    with postfix() as left:
        for content in (first, first.replace("hello", "another")):
            assert clients.deliver(mailbox, content).startswith("250")
    assert len(left) == 1
    [kept] = clients.messages(mailbox)
    assert b"another" in kept


def test_spam_notices_and_what_is_thrown_away_are_not_forwarded(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    forwarding = Forwarding((at("a@out.test"),), keep_copy=False)
    trash = Filter("throws away", on_subject("sale"), trash=True)
    house.publish_rules(Rules(at(mailbox), forwarding=forwarding, filters=(trash,)))
    with postfix() as left:
        assert clients.deliver(mailbox, message("x"), head=JUNK).startswith("250")
        assert clients.deliver(mailbox, message("failed"), sender="").startswith("250")
        assert clients.deliver(mailbox, message("sale")).startswith("250")
    assert left == []
    assert [clients.count(mailbox, folder) for folder in ("Junk", "INBOX", "Trash")] == [1, 1, 1]


def test_filter_forwards_a_copy(house: MailHouse, clients: Clients, mailbox: str) -> None:
    filtered(house, mailbox, Filter("copy", on_subject("x"), forward_to=(at("a@out.test"),), folder="kept"))
    with postfix() as left:
        assert clients.deliver(mailbox, message("x")).startswith("250")
    assert [one.recipients for one in left] == [("a@out.test",)]
    assert clients.count(mailbox, "kept") == 1


def test_what_cannot_be_forwarded_now_is_refused_for_now(house: MailHouse, clients: Clients, mailbox: str) -> None:
    house.publish_rules(Rules(at(mailbox), forwarding=Forwarding((at("a@out.test"),), keep_copy=False)))
    content, delivery_id = message("x"), str(uuid.uuid4())
    assert clients.deliver(mailbox, content, id_=delivery_id).startswith("451")
    assert clients.count(mailbox) == 0
    with postfix() as left:
        assert clients.deliver(mailbox, content, id_=delivery_id).startswith("250")
    assert len(left) == 1
    assert clients.count(mailbox) == 0


def test_copy_does_not_go_round_and_is_kept(house: MailHouse, clients: Clients, mailbox: str) -> None:
    house.publish_rules(Rules(at(mailbox), forwarding=Forwarding((at("a@out.test"),), keep_copy=False)))
    with postfix() as left:
        assert clients.deliver(mailbox, message("x")).startswith("250")
        [once] = left
        assert clients.deliver_raw(mailbox, once.content).startswith("250")
    assert len(left) == 1
    assert clients.count(mailbox) == 1


def test_script_that_is_none_and_one_that_is_gone_lose_nothing(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    house.publish_script(mailbox, 'fileinto "no require";')
    assert clients.deliver(mailbox).startswith("250")
    assert clients.count(mailbox) == 1
