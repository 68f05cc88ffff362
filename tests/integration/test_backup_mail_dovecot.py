"""Mail that comes back from a snapshot, as a mail program sees it in a real Dovecot."""

import imaplib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.snapshots import Yard
from integration.dovecot.server import MAIL_UID, DovecotContainer, User
from machiya.adapters.maildir.live import LiveMaildir
from machiya.adapters.maildir.names import home_name
from machiya.backup.mail.messages import messages
from machiya.backup.mail.restore import Step, carry_out, plan
from machiya.backup.mail.selection import Destination, Wanted, below, where_it_was
from machiya.core.addresses import EmailAddress
from machiya.core.progress import SILENT

pytestmark = pytest.mark.dovecot
TARO = "taro@home.test"
JAPANESE = "Archive/&ZeVnLIqe-"
RESTORED = "Restored 2026-11-01"
WHEN = '"17-Jul-2020 02:44:25 +0900"'


@pytest.fixture
def dovecot() -> Iterator[DovecotContainer]:
    with DovecotContainer({TARO: User()}) as one:
        yield one


@pytest.fixture
def program(dovecot: DovecotContainer) -> Iterator[imaplib.IMAP4]:
    """A mail program that stays logged in all the time."""
    with imaplib.IMAP4("127.0.0.1", dovecot.imap_port) as session:
        session.login(TARO, "secret")
        yield session


@pytest.fixture
def yard(dovecot: DovecotContainer, tmp_path: Path) -> Yard:
    """Takes snapshots of this Dovecot's mail."""
    yard = Yard(tmp_path)
    yard.source = dovecot.mail_dir
    return yard


def put(program: imaplib.IMAP4, folder: str, subject: str, flags: str) -> None:
    answer, told = program.append(f'"{folder}"', flags, WHEN, f"Subject: {subject}\r\n\r\nhello\r\n".encode())
    assert answer == "OK", told


def state(program: imaplib.IMAP4, folder: str) -> tuple[int, dict[str, tuple[int, set[str], str]]]:
    """UIDVALIDITY, and by subject: UID, flags, INTERNALDATE."""
    answer, told = program.select(f'"{folder}"', readonly=True)
    assert answer == "OK", told
    validity = int(program.response("UIDVALIDITY")[1][0] or b"0")
    _, rows = program.fetch("1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found = {}
    for row in rows:
        if isinstance(row, tuple):
            facts = row[0].decode()
            uid, flags, when = (
                re.search(pattern, facts) for pattern in (r"UID (\d+)", r"FLAGS \((.*?)\)", r'INTERNALDATE "(.*?)"')
            )
            assert uid
            assert flags
            assert when
            subject = row[1].decode().partition(":")[2].strip()
            found[subject] = int(uid[1]), set(flags[1].split()) - {r"\Recent"}, when[1]
    return validity, found


def delete(program: imaplib.IMAP4, folder: str, subject: str) -> None:
    program.select(f'"{folder}"')
    _, [numbers] = program.search(None, "SUBJECT", subject)
    program.store(numbers.decode(), "+FLAGS", r"(\Deleted)")
    program.expunge()


def restore(yard: Yard, destination: Destination) -> list[Step]:
    snapshot, home = yard.newest(), home_name(EmailAddress.parse(TARO))
    live = LiveMaildir(yard.source, home, subscribes=True)
    planned = plan(snapshot, Wanted().choose(messages(snapshot, home), snapshot.name), destination, live)
    return list(carry_out(planned, snapshot, live, SILENT))


def listed(dovecot: DovecotContainer) -> Iterator[str]:
    """All folders and the subscribed ones, for who logs in now; a session may remember the folders for a moment."""
    with imaplib.IMAP4("127.0.0.1", dovecot.imap_port) as session:
        session.login(TARO, "secret")
        for _, rows in (session.list(), session.lsub()):
            yield b"\n".join(row for row in rows if isinstance(row, bytes)).decode()


def moment(internal_date: str) -> object:
    return imaplib.Internaldate2tuple(f'INTERNALDATE "{internal_date}"'.encode())


def test_a_restored_message_is_seen_at_once_and_nothing_else_moves(
    dovecot: DovecotContainer, program: imaplib.IMAP4, yard: Yard
) -> None:
    for subject in ("first", "lost", "last"):
        put(program, "INBOX", subject, r"(\Seen \Flagged $Label1)" if subject == "lost" else r"(\Answered)")
    validity, before = state(program, "INBOX")
    yard.take()
    delete(program, "INBOX", "lost")
    put(program, "INBOX", "later", "()")
    between = state(program, "INBOX")[1]
    restore(yard, where_it_was)
    now_validity, after = state(program, "INBOX")
    assert now_validity == validity
    uid, flags, when = after.pop("lost")
    assert after == between
    assert uid > max(other for other, _, _ in between.values())
    assert flags == before["lost"][1] == {r"\Seen", r"\Flagged", "$Label1"}
    assert moment(when) == moment(before["lost"][2])
    assert "reappeared" not in dovecot.log()
    assert "Error" not in dovecot.log()


def test_a_whole_mailbox_comes_into_new_folders_that_mail_programs_show(
    dovecot: DovecotContainer, program: imaplib.IMAP4, yard: Yard
) -> None:
    program.create(f'"{JAPANESE}"')
    program.subscribe(f'"{JAPANESE}"')
    put(program, "INBOX", "one", r"(\Seen)")
    put(program, JAPANESE, "two", r"(\Flagged Mine $Work)")
    yard.take()
    delete(program, "INBOX", "one")
    delete(program, JAPANESE, "two")
    restore(yard, below(f".{RESTORED}".encode()))
    assert {(one.stat().st_uid, one.stat().st_gid) for one in dovecot.maildir(TARO).rglob("*")} == {
        (MAIL_UID, MAIL_UID)
    }
    for names in listed(dovecot):
        assert f'"{RESTORED}/INBOX"' in names
        assert f'"{RESTORED}/{JAPANESE}"' in names
    assert list(state(program, f"{RESTORED}/INBOX")[1]) == ["one"]
    assert state(program, f"{RESTORED}/{JAPANESE}")[1]["two"][1] == {r"\Flagged", "Mine", "$Work"}
    assert [str(step.outcome) for step in restore(yard, where_it_was)] == ["there", "there"]
    program.select(f'"{RESTORED}/INBOX"')
    answer, told = program.store("1", "+FLAGS", "(Another)")
    assert (answer, "Another" in str(told)) == ("OK", True)
    assert "Error" not in dovecot.log()
