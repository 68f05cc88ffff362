"""A mailbox that is removed and made again, for somebody else: nothing of the old owner is left in it."""

import pytest

from house.clients import letter, mail_program, open_mailbox, send
from house.house import PASSWORD, House
from house.webmail import Browser

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]

CONTACT = "friend-of-the-old-owner@street.example"
NEW_PASSWORD = "of somebody else entirely"
CONTACTS = "/?_task=addressbook&_action=list&_source=0&_remote=1"


def contacts(browser: Browser) -> str:
    browser.get("/?_task=addressbook")
    return str(browser.remote("GET", CONTACTS)["exec"])


def test_webmail_and_mail_programs_show_the_new_owner_nothing_of_the_old_one(house: House) -> None:
    address = open_mailbox(house, "resident")
    send(house, address, letter("to-the-old-owner", to=address))
    house.arrives(address, "to-the-old-owner")
    old, new = Browser(house), Browser(house)
    old.enter(address, PASSWORD)
    old.remote("POST", "/?_task=mail&_action=addcontact", data={"_address": f"Friend <{CONTACT}>", "_remote": "1"})
    assert CONTACT in contacts(old)
    assert "in webmail are deleted" in house.machiya("mailbox", "remove", address, "--yes")
    house.machiya("mailbox", "add", address, "--password-stdin", stdin=f"{NEW_PASSWORD}\n")
    new.enter(address, NEW_PASSWORD)
    assert CONTACT not in contacts(new)
    assert new.listed() == {}
    assert 'name="_pass"' in old.get("/?_task=addressbook").text
    with mail_program(house, address, NEW_PASSWORD) as session:
        assert session.select("INBOX", readonly=True)[1] == [b"0"]
