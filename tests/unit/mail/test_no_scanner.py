"""The house without a scanner says so."""

from fakes.mail_room import MailRoom
from machiya.mail.model import VerdictAction
from machiya.mail.no_scanner import NoScanner


async def test_scan_accepts_and_says_that_nothing_was_scanned() -> None:
    verdict = await NoScanner().scan(MailRoom().message())
    assert (verdict.action, verdict.scanned) == (VerdictAction.ACCEPT, False)
