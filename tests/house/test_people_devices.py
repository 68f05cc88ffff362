"""The owner of a mailbox gives a device a password at usermgmt, in Chromium, on the VPN, and takes it back."""

import imaplib
import smtplib
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from browser.hands import fill, press, words
from browser.visit import Language, Visitor
from house.clients import is_over, letter, mail_program, open_mailbox, send, submission
from house.house import House
from house.people import People, people
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]

PHONE = "祖母の電話①"


@pytest.fixture(scope="module")
def visitors(house: House) -> Iterator[People]:
    with people(house) as made:
        yield made


def make(page: Visitor, device: str) -> str:
    """A password for a device; it is shown once."""
    page.go("/my/app-passwords/")
    fill(page.page, name=device)
    made = page.page.locator(".secret .value").inner_text()
    page.go("/my/app-passwords/")
    assert device in words(page)
    assert made not in page.page.content()
    return made


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_device_gets_a_password_and_is_out_when_it_is_revoked(
    house: House, visitors: People, language: Language
) -> None:
    owner, token = open_mailbox(house, f"grandmother-{language}"), f"for-the-phone-{language}"
    send(house, owner, letter(token, to=owner))
    house.arrives(owner, token)
    with visitors.at_usermgmt(owner, language) as page, ExitStack() as stack:
        phone, laptop = make(page, PHONE), make(page, "Laptop")
        on_phone = stack.enter_context(mail_program(house, owner, phone))
        on_phone.select("INBOX", readonly=True)
        assert on_phone.search(None, "SUBJECT", token)[1] == [b"1"]
        page.go("/my/app-passwords/")
        row = page.page.locator("main tr", has_text=PHONE)
        assert house.vpn.address in row.inner_text()
        press(row)
        assert PHONE in page.page.locator("main [role=status]").inner_text()
        soon(lambda: is_over(on_phone), "the phone is out")
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), mail_program(house, owner, phone):
            pass
        with submission(house) as client, pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(owner, phone)
        page.go("/my/app-passwords/")
        assert PHONE not in words(page)
        with mail_program(house, owner, laptop) as again:
            assert again.select("INBOX", readonly=True) == ("OK", [b"1"])
