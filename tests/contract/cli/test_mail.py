"""machiya mail: a mailbox read in the terminal."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from machiya.bootstrap import open_house
from machiya.entrypoints.cli.main import main

SUBJECT = b"=?ISO-2022-JP?B?" + base64.b64encode(b"\x1b$B-!8fMh\x1b(B") + b"?="
MESSAGE = (
    b"From: =?UTF-8?Q?=E5=A4=AA=E9=83=8E?= <taro@street.example>\nTo: you@home.test\nSubject: " + SUBJECT + b"\n"
    b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    b"--b\nContent-Type: text/plain; charset=Shift_JIS\n\n\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x1b[2J\n"
    b"--b\nContent-Type: application/pdf\n"
    b"Content-Disposition: attachment; filename*=UTF-8''%E8%A6%8B%E7%A9%8D.pdf\n\nabc\n--b--\n"
)


@pytest.fixture
def stored(house: Path) -> Path:
    new = open_house(house).mail_folder / "home.test" / "you" / "Maildir" / "new"
    new.mkdir(parents=True)
    (new / f"1.x.machiya,S={len(MESSAGE)}").write_bytes(MESSAGE)
    return new


@pytest.mark.usefixtures("stored")
def test_mail_list_decodes_japanese_headers(machiya: Any) -> None:
    [heading, line] = machiya("mail", "list", "you@home.test").out.splitlines()
    assert heading.split() == ["date", "from", "subject", "folder", "size", "key"]
    assert "太郎 <taro@street.example>" in line
    assert "①御来" in line
    [data] = json.loads(machiya("mail", "list", "you@home.test", "--json").out)
    assert (data["subject"], data["folder"], data["size_bytes"]) == ("①御来", "INBOX", len(MESSAGE))


@pytest.mark.usefixtures("stored")
def test_mail_show_prints_text_without_control_characters_and_names_attachments(machiya: Any) -> None:
    shown = machiya("mail", "show", "hello@home.test")
    assert shown.code == 0
    assert "Subject  ①御来\n" in shown.out
    assert "こんにちは\N{REPLACEMENT CHARACTER}[2J" in shown.out
    assert "\x1b" not in shown.out
    assert "attachment: 見積.pdf (application/pdf, 3 bytes)" in shown.err


@pytest.mark.usefixtures("stored")
def test_mail_show_raw_gives_the_stored_bytes(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["mail", "show", "you@home.test", "--raw"]) == 0
    assert capsysbinary.readouterr().out == MESSAGE


@pytest.mark.usefixtures("house")
def test_mail_says_what_is_missing(machiya: Any) -> None:
    assert machiya("mail", "list", "you@home.test").err == "you@home.test is empty.\n"
    empty = machiya("mail", "show", "you@home.test")
    assert (empty.code, "machiya send-test you@home.test" in empty.err) == (4, True)
    nobody = machiya("mail", "list", "nobody@home.test")
    assert (nobody.code, "there is no mailbox nobody@home.test" in nobody.err) == (4, True)
    machiya("mailbox", "add", "other@home.test", "--generate-password")
    machiya("alias", "add", "both@home.test", "you@home.test", "other@home.test")
    several = machiya("mail", "list", "both@home.test")
    assert (several.code, "leads to 2 mailboxes" in several.err) == (4, True)
