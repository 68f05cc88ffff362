"""Vacation, as Dovecot carries it out."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import MailHouse
from integration.dovecot_service.neighbours import Submitted, postfix
from machiya.accounts.rules.checks import checked_vacation
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Rules, Vacation
from machiya.core.addresses import EmailAddress

pytestmark = pytest.mark.mailstack
TEXT = '夏休みです。\n"${1} ${hex:24} \\" .\n.\n.. Für Eiliges: ☎ 1.\n'


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


def away(house: MailHouse, mailbox: str, *own: str, **how: object) -> None:
    vacation = checked_vacation(Vacation(TEXT, **how))  # type: ignore[arg-type]
    house.publish_rules(Rules(at(mailbox), vacation), [at(one) for one in own])


def write(
    clients: Clients, mailbox: str, sender: str = "sender@out.test", *, to: str = "", more: str = "", head: str = ""
) -> None:
    fields = f"From: {sender or 'MAILER-DAEMON@out.test'}\nTo: {to or mailbox}\nSubject: 質問\n{more}"
    content = f"{fields}Message-ID: <{uuid.uuid4()}@out.test>\n\nhello\n"
    assert clients.deliver(mailbox, content, sender=sender, head=head).startswith("250")


def answered(left: list[Submitted]) -> list[str]:
    return [recipient for one in left for recipient in one.recipients]


def test_each_sender_gets_one_answer_with_the_very_words(house: MailHouse, clients: Clients, mailbox: str) -> None:
    away(house, mailbox, subject='不在 "${1}" \\')
    with postfix() as left:
        for sender in ("a@out.test", "b@out.test", "a@out.test"):
            write(clients, mailbox, sender)
    assert answered(left) == ["a@out.test", "b@out.test"]
    answer = message_from_bytes(left[0].content, policy=policy.default)
    assert answer["Subject"] == '不在 "${1}" \\'
    assert (answer["From"], answer["To"]) == (mailbox, "a@out.test")
    assert answer["Auto-Submitted"].startswith("auto-replied")
    assert left[0].sender == ""
    said = re.sub(r"^\.", "", answer.get_content().replace("\r\n", "\n"), flags=re.MULTILINE)
    assert said.strip() == TEXT.strip()
    assert clients.count(mailbox) == 3


@pytest.mark.parametrize(
    ("first", "last", "answers"),
    [(None, None, 1), (-1, 1, 1), (0, 0, 1), (0, None, 1), (None, 0, 1), (1, None, 0), (None, -1, 0), (-9, -1, 0)],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "Pacific/Kiritimati"])
def test_only_within_its_days(
    house: MailHouse, clients: Clients, mailbox: str, *, first: int | None, last: int | None, answers: int, zone: str
) -> None:
    today = datetime.now(tz=ZoneInfo(zone)).date()

    def day(offset: int | None) -> date | None:
        return None if offset is None else today + timedelta(days=offset)

    away(house, mailbox, first_day=day(first), last_day=day(last), time_zone=zone)
    with postfix() as left:
        write(clients, mailbox)
    assert len(left) == answers


def test_ends_and_begins_to_the_second(house: MailHouse, clients: Clients, mailbox: str) -> None:
    now = datetime.now(tz=UTC)
    for starts, ends, answers in (
        (None, now, 0),
        (now + timedelta(hours=1), None, 0),
        (now, now + timedelta(hours=1), 1),
    ):
        house.publish_rules(Rules(at(mailbox), Vacation(TEXT, starts_at=starts, ends_at=ends)))
        with postfix() as left:
            write(clients, mailbox)
        assert len(left) == answers


@pytest.mark.parametrize(
    "more",
    ["List-Id: <l.out.test>\n", "List-Unsubscribe: <mailto:x@out.test>\n", "Precedence: bulk\n", "Precedence: list\n",
     "Auto-Submitted: auto-generated\n", "X-Auto-Response-Suppress: OOF, AutoReply\n", "Feedback-ID: 1:2:3\n"],
)  # fmt: skip
def test_no_list_and_no_machine_is_answered(house: MailHouse, clients: Clients, mailbox: str, more: str) -> None:
    away(house, mailbox)
    with postfix() as left:
        write(clients, mailbox, more=more)
    assert left == []


def test_nobody_is_answered_who_wrote_spam_a_notice_or_to_somebody_else(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    away(house, mailbox)
    with postfix() as left:
        write(clients, mailbox, head="X-Machiya-Verdict: junk;\n\tX\n")
        write(clients, mailbox, "")
        write(clients, mailbox, "MAILER-DAEMON@out.test")
        write(clients, mailbox, to="somebody@else.test")
        write(clients, mailbox, mailbox)
    assert left == []
    assert clients.count(mailbox, "Junk") == 1


def test_mail_to_an_alias_is_answered_from_the_alias(house: MailHouse, clients: Clients, mailbox: str) -> None:
    away(house, mailbox, "sales@home.test", "o'neil+x@xn--r8jz45g.jp")
    with postfix() as left:
        write(clients, mailbox, "a@out.test", to="Sales@home.test")
        write(clients, mailbox, "b@out.test", to="o'neil+x@xn--r8jz45g.jp")
    assert answered(left) == ["a@out.test", "b@out.test"]
    assert message_from_bytes(left[0].content, policy=policy.default)["From"].lower() == "sales@home.test"


def test_what_is_thrown_away_is_not_answered(house: MailHouse, clients: Clients, mailbox: str) -> None:
    nuisance = Condition(Field.SENDER, Comparison.IS, "nuisance@out.test")
    house.publish_rules(Rules(at(mailbox), Vacation(TEXT), filters=(Filter("no", (nuisance,), trash=True),)))
    with postfix() as left:
        write(clients, mailbox, "nuisance@out.test")
        write(clients, mailbox, "friend@out.test")
    assert answered(left) == ["friend@out.test"]


def test_new_absence_answers_anew(house: MailHouse, clients: Clients, mailbox: str) -> None:
    today = datetime.now(tz=UTC).date()
    with postfix() as left:
        for first in (None, today - timedelta(days=1), today - timedelta(days=1)):
            away(house, mailbox, first_day=first)
            write(clients, mailbox)
    assert len(left) == 2


@pytest.mark.parametrize("addresses", ["", ':addresses ["{0}"] '])
@pytest.mark.parametrize("mime", [False, True])
def test_who_is_away_at_usermgmt_and_in_webmail_gives_one_answer(
    house: MailHouse, clients: Clients, mailbox: str, *, addresses: str, mime: bool
) -> None:
    """The script as Roundcube's plugin managesieve writes it; the house's own comes first."""
    words = ':mime "Content-Type: text/plain\r\n\r\nof webmail"' if mime else '"of webmail"'
    vacation = f'vacation :days 7 {addresses.format(mailbox)}:subject "of webmail" {words};'
    clients.sieve(mailbox, f'require ["vacation"];\n# rule:[Vacation]\nif true\n{{\n\t{vacation}\n}}\n')
    away(house, mailbox, subject="of the house")
    with postfix() as left:
        for sender in ("a@out.test", "b@out.test", "a@out.test"):
            write(clients, mailbox, sender)
    answers = [message_from_bytes(one.content, policy=policy.default) for one in left]
    assert [(one["To"], one["Subject"]) for one in answers] == [
        ("a@out.test", "of the house"),
        ("b@out.test", "of the house"),
    ]
    assert clients.count(mailbox) == 3
    house.publish_rules(Rules(at(mailbox)))
    with postfix() as left:
        write(clients, mailbox, "c@out.test")
    assert message_from_bytes(left[0].content, policy=policy.default)["Subject"] == "of webmail"
    assert len(left) == 1
