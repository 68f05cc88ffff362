"""Moved to Junk, moved out of Junk: rspamd learns, and no mail program waits for it."""

import time

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import MailHouse, wait_for
from integration.dovecot_service.neighbours import rspamd

pytestmark = pytest.mark.mailstack
SOON = 10.0


def test_moves_are_learned_in_order_even_if_rspamd_comes_later(clients: Clients, mailbox: str) -> None:
    clients.deliver(mailbox, "Subject: offer\n\nbuy\n")
    session = clients.imap(mailbox)
    session.select("INBOX")
    began = time.monotonic()
    assert session.copy("1", "Junk")[0] == "OK"
    assert time.monotonic() - began < SOON
    session.select("Junk")
    assert session.copy("1", "INBOX")[0] == "OK"
    assert session.copy("1", "Trash")[0] == "OK"
    session.logout()
    with rspamd() as learned:
        wait_for(lambda: len(learned) == 2, "rspamd was not told")
        clients.deliver(mailbox, "Subject: another\n\nbuy\n", head="X-Machiya-Verdict: junk\n")
    assert [one.verdict for one in learned] == ["spam", "ham"]
    assert all(b"Subject: offer\r\n\r\nbuy\r\n" in one.message for one in learned)
    assert {one.password for one in learned} == {"controller"}


@pytest.mark.parametrize("poison", ["poison-500", "poison-silent"])
def test_message_that_rspamd_cannot_bear_is_given_up_and_the_next_is_learned(
    house: MailHouse, clients: Clients, mailbox: str, poison: str
) -> None:
    for subject in (poison, "one", "two"):
        clients.deliver(mailbox, f"Subject: {subject}\n\nbuy\n")
    session = clients.imap(mailbox)
    session.select("INBOX")
    before = house.log().count("given up: rspamd did not take")
    with rspamd() as learned:
        for number in ("1", "2"):
            assert session.copy(number, "Junk")[0] == "OK"
        wait_for(lambda: len(learned) == 1, "the next was not learned")
        assert session.copy("3", "Junk")[0] == "OK"
        wait_for(lambda: len(learned) == 2, "the one after was not learned")
        wait_for(lambda: not _waiting(house), "something waits for ever")
    session.logout()
    assert [poison.encode() in one.message for one in learned] == [False, False]
    assert house.log().count("given up: rspamd did not take") == before + 1
    assert "unbound variable" not in house.log()
    assert clients.count(mailbox, "Junk") == 3


def _waiting(house: MailHouse) -> str:
    return house.execute("dovecot", "find", "/run/dovecot/learn", "-name", "*.message")
