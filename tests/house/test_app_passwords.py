"""An app password from the command line to a phone: it reads, it sends, and then it is out."""

import imaplib
import json
import smtplib

import pytest

from house.clients import is_over, mail_program, open_mailbox, submission, written
from house.house import PASSWORD, House
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]


def test_app_password_reads_and_sends_until_it_is_revoked(house: House) -> None:
    owner = open_mailbox(house, "owner-of-devices")
    phone = json.loads(house.machiya("mailbox", "app-password", "add", owner, "Phone", "--json"))["password"]
    house.machiya("mailbox", "change", owner, "--require-app-passwords")
    assert not _sends(house, owner, PASSWORD)
    assert _sends(house, owner, phone)
    with mail_program(house, owner, phone) as session:
        session.select("INBOX")
        used = json.loads(house.machiya("mailbox", "app-password", "list", owner, "--json"))["app_passwords"]
        assert used[0]["last_use"]["protocol"] == "smtp"
        house.machiya("mailbox", "app-password", "revoke", owner, "Phone")
        assert not _sends(house, owner, phone)
        soon(lambda: is_over(session), "the phone is out", tell=lambda: house.tail("dovecot"))
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), mail_program(house, owner, phone):
        pass


def _sends(house: House, owner: str, password: str) -> bool:
    with submission(house) as client:
        try:
            client.login(owner, password)
        except smtplib.SMTPAuthenticationError:
            return False
        client.send_message(written(owner, owner, "app-password"), from_addr=owner)
        return True
