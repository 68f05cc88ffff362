"""Moved to Junk, moved out of Junk: rspamd learns, and no mail program waits for it."""

import time

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import wait_for
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
