"""The owner of a mailbox at webmail, in Chromium, in the street: reads and answers mail in Japanese."""

import email
import email.policy
import email.utils
import imaplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import FilePayload

from browser.visit import Language, visitor
from house.clients import is_over, mail_program, open_mailbox, send
from house.house import PASSWORD, House
from house.people import WEBMAIL, People, people
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]

OUTSIDE = "friend@street.example"
SUBJECT = "お見積りの件①　～髙橋さん"
LETTER = "拝啓　山田様\r\n\r\n①見積書をお送りします。\r\n.点で始まる行\r\n〜以上〜\r\n"
ANSWER = "髙橋様\n\n①ありがとうございます。\n.点で始まる行\n〜承知しました〜"
TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENT_FILE_NAME, SENT_FILE = "見積書（最終版）①.xlsx", bytes(range(256)) * 300
ANSWER_FILE_NAME, ANSWER_FILE = "注文書　２０２６年.xlsx", bytes(reversed(range(256))) * 500
NEW_PASSWORD = "another horse, another battery"
SENT = {"ja": "メッセージを送信しました。", "en": "Message sent successfully."}
SAVED = {"ja": "保存しました。", "en": "Successfully saved."}


@pytest.fixture(scope="module")
def visitors(house: House) -> Iterator[People]:
    with people(house) as made:
        yield made


def from_outside(to: str, message_id: str) -> bytes:
    """What a friend's mail program makes."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"髙橋 <{OUTSIDE}>", to, SUBJECT
    made["Message-ID"], made["Date"] = message_id, email.utils.localtime()
    made.set_content(LETTER)
    maintype, _, subtype = TABLE_TYPE.partition("/")
    made.add_attachment(SENT_FILE, maintype=maintype, subtype=subtype, filename=SENT_FILE_NAME)
    return made.as_bytes(policy=email.policy.SMTP)


def carried(house: House, message_id: str) -> EmailMessage:
    """The answer to that message, as the relay got it."""
    relay = house.relay
    assert relay
    token = f"In-Reply-To: {message_id}".encode()
    content = soon(lambda: next((one.content for one in relay.carried if token in one.content), b""), "the answer")
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_person_reads_and_answers(house: House, visitors: People, language: Language) -> None:
    owner, message_id = open_mailbox(house, f"yamada-{language}"), f"<webmail-{language}@street.example>"
    send(house, owner, from_outside(owner, message_id), OUTSIDE)
    house.arrives(owner, message_id)
    with visitors.at_webmail(owner, language) as webmail:
        assert webmail.page.locator("html").get_attribute("lang") == language
        webmail.open(SUBJECT)
        assert webmail.body().split() == LETTER.split()
        assert webmail.download() == (SENT_FILE_NAME, SENT_FILE)
        webmail.reply(ANSWER, [FilePayload(name=ANSWER_FILE_NAME, mimeType=TABLE_TYPE, buffer=ANSWER_FILE)])
        assert webmail.send() == SENT[language]
        assert webmail.visitor.complaints == []
    answer = carried(house, message_id)
    assert (answer["from"].addresses[0].addr_spec, answer["to"].addresses[0].addr_spec) == (owner, OUTSIDE)
    assert answer["subject"] == f"Re: {SUBJECT}"
    text = answer.get_body(("plain",))
    assert text
    lines = text.get_content().splitlines()
    assert lines[:6] == [*ANSWER.splitlines(), ""]
    assert "> ①見積書をお送りします。" in lines
    [file] = answer.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (ANSWER_FILE_NAME, ANSWER_FILE)


def test_the_name_of_the_house_is_whole_on_the_first_page(visitors: People) -> None:
    with visitor(visitors.street, WEBMAIL, scripts=True) as page:
        assert page.go("/house/logo.svg") == 200
        left, right = page.page.evaluate(
            "(() => { const box = document.querySelector('text').getBBox(); return [box.x, box.x + box.width]; })()"
        )
        assert 0 < left < right < 320


def test_where_app_passwords_are_required_the_password_still_opens_webmail(house: House, visitors: People) -> None:
    owner = open_mailbox(house, "suzuki")
    house.machiya("mailbox", "change", owner, "--require-app-passwords")
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), mail_program(house, owner, PASSWORD):
        pass
    with visitors.at_webmail(owner, "ja") as webmail:
        assert webmail.page.locator("#layout-list").is_visible()
    with visitors.at_usermgmt(owner, "ja"):
        pass


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_password_is_changed_in_webmail(house: House, visitors: People, language: Language) -> None:
    owner = open_mailbox(house, f"sato-{language}")
    with visitors.at_webmail(owner, language) as webmail, mail_program(house, owner, PASSWORD) as open_session:
        assert webmail.change_password(PASSWORD, NEW_PASSWORD) == SAVED[language]
        webmail.visitor.go("/")
        assert webmail.page.locator("#layout-list").is_visible()
        soon(lambda: is_over(open_session), "the session is over")
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), mail_program(house, owner, PASSWORD):
        pass
    with mail_program(house, owner, NEW_PASSWORD) as session:
        assert session.select("INBOX", readonly=True)[0] == "OK"
