"""Messages are found in real Maildirs of real snapshots, whatever their senders' programs wrote."""

import os
import shutil
from datetime import UTC, datetime

from fakes.saved_mail import HOME, JAPANESE, TESUTO, SavedMail, message
from fakes.snapshots import write
from machiya.backup.mail.find import find
from machiya.backup.mail.messages import messages
from machiya.backup.mail.model import Found, Letterhead, Query
from machiya.mail.headers import read_facts


def read(head: bytes) -> Letterhead:
    facts = read_facts(head)
    return Letterhead(facts.sender, facts.subject)


def search(mail: SavedMail, query: Query) -> list[Found]:
    return list(find(mail.yard.disk.snapshots(), query, read))


def subjects(mail: SavedMail, query: Query) -> list[str]:
    return sorted(one.letterhead.subject for one in search(mail, query))


def test_find_reads_encoded_words_raw_utf8_and_shift_jis(mail: SavedMail) -> None:
    mail.put(message(JAPANESE), "1.a.x")
    mail.put(message("請求書の件"), "2.b.x", TESUTO)
    mail.put(b"Subject: " + "見積ＡＢＣ".encode("cp932") + b"\n\n", "3.c.x", flags=None)
    mail.put(message("invoice"), "4.d.x")
    mail.yard.take()
    assert subjects(mail, Query(subject="見積")) == ["見積の件", "見積ＡＢＣ"]
    assert subjects(mail, Query(subject="abc")) == ["見積ＡＢＣ"]
    assert [one.message.folder for one in search(mail, Query(subject="請求"))] == [TESUTO.encode()]


def test_find_by_sender_takes_name_and_address(mail: SavedMail) -> None:
    mail.put(message("one", "=?UTF-8?B?5bGx55Sw?= <Yamada@Out.Test>"), "1.a.x")
    mail.put(message("two", "b@other.test"), "2.b.x")
    mail.yard.take()
    assert subjects(mail, Query(sender="山田")) == ["one"]
    assert subjects(mail, Query(sender="yamada@out")) == ["one"]
    assert subjects(mail, Query(sender="nobody")) == []


def test_find_by_date_goes_by_when_it_was_stored(mail: SavedMail) -> None:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
    for number, day in enumerate(days):
        mail.put(message(str(number)), f"{number}.a.x", when_ns=int(day.timestamp()) * 10**9)
    mail.yard.take()
    assert subjects(mail, Query(since=days[1])) == ["1", "2"]
    assert subjects(mail, Query(until=days[1])) == ["0"]
    assert subjects(mail, Query(since=days[1], until=days[2])) == ["1"]


def test_find_in_all_tells_a_message_once_with_the_newest_snapshot(mail: SavedMail) -> None:
    mail.put(message("kept"), "1.a.x")
    gone = mail.put(message("gone"), "2.b.x")
    mail.yard.take(0)
    gone.unlink()
    (mail.maildir / "cur/1.a.x:2,S").rename(mail.maildir / "cur/1.a.x:2,FS")
    mail.yard.take(1)
    found = {one.letterhead.subject: str(one.message.snapshot) for one in search(mail, Query())}
    assert found == {"kept": "daily/2026-11-02", "gone": "daily/2026-11-01"}
    assert len(search(mail, Query())) == 2


def test_find_tells_each_folder_of_a_copy_that_is_a_hard_link(mail: SavedMail) -> None:
    first = mail.put(message("copied"), "1.a.x")
    mail.put(message("other"), "2.b.x", ".Work")
    os.link(first, mail.maildir / ".Work/cur/3.c.x:2,")
    mail.yard.take()
    found = search(mail, Query(subject="copied"))
    assert {one.message.folder for one in found} == {b"", b".Work"}
    assert len({one.message.id for one in found}) == 1


def test_find_knows_a_hard_link_to_another_mailbox(mail: SavedMail) -> None:
    mail.put(message("own"), "1.a.x")
    other = write(mail.yard.source / "home.test/hanako/Maildir/new/2.b.x", message("for both"))
    os.link(other, mail.maildir / "cur/3.c.x:2,")
    mail.yard.take()
    assert subjects(mail, Query(home=HOME)) == ["for both", "own"]


def test_find_passes_over_what_is_no_message(mail: SavedMail) -> None:
    mail.put(message("one"), "1.a.x")
    write(mail.maildir / "dovecot-uidlist", b"3 V1 N2\n")
    write(mail.maildir / "tmp/9.x", message("half"))
    write(mail.maildir / "cur/.hidden", message("hidden"))
    write(mail.yard.source / "home.test/taro/sieve/cur/x", message("no mailbox"))
    write(mail.yard.source / "home.test/taro2/Maildir/cur/1:2,", message("someone else"))
    mail.yard.take()
    assert subjects(mail, Query(home=HOME)) == ["one"]


def test_find_shows_damaged_headers_and_what_cannot_be_read(mail: SavedMail) -> None:
    mail.put(b"", "1.a.x")
    mail.put(b"Subject: =?UTF-8?B?5bGx", "2.b.x")
    mail.put(b"\xff\xfe\x00\n\n", "3.c.x")
    mail.yard.take()
    assert len(search(mail, Query())) == 3
    shutil.rmtree(mail.yard.saved(0) / "home.test/taro/Maildir/cur")
    assert [one.readable for one in search(mail, Query(subject="anything"))] == [False] * 3


def test_messages_have_one_id_whatever_folder_and_flags(mail: SavedMail) -> None:
    mail.put(message("one"), "1.a.x", flags="")
    mail.yard.take(0)
    shutil.rmtree(mail.maildir / "cur")
    mail.put(message("one"), "7.z.x", ".Work", flags="FS")
    mail.yard.take(1)
    ids = {one.id for snapshot in mail.yard.disk.snapshots() for one in messages(snapshot)}
    assert len(ids) == 1


def test_find_in_all_reads_a_message_once_and_looks_on_for_one_that_is_gone_bad(mail: SavedMail) -> None:
    mail.put(message("good"), "1.a.x")
    bad = mail.put(message("bad"), "2.b.x")
    mail.yard.take(0)
    mail.yard.take(1)
    (mail.yard.saved(1) / "home.test/taro/Maildir/cur" / bad.name).unlink()
    heads: list[bytes] = []

    def counting(head: bytes) -> Letterhead:
        heads.append(head)
        return read(head)

    found = list(find(mail.yard.disk.snapshots(), Query(), counting))
    assert [(one.readable, str(one.message.snapshot)) for one in found] == [
        (True, "daily/2026-11-02"),
        (False, "daily/2026-11-02"),
        (True, "daily/2026-11-01"),
    ]
    assert len(heads) == 2
    assert [one.readable for one in find(mail.yard.disk.snapshots(), Query(subject="none"), read)] == [False]
