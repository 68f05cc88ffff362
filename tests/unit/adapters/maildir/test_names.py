"""Names of mailboxes and folders, to the disk and back."""

import pytest

from machiya.adapters.maildir.names import address_text, folder_name, folder_text, home_name
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput


@pytest.mark.parametrize("text", ["taro@home.test", "太郎@home.test", '"a b"@home.test', "a+b@home.test"])
def test_address_text_is_home_name_the_other_way_round(text: str) -> None:
    assert address_text(home_name(EmailAddress.parse(text))) == text


@pytest.mark.parametrize(
    ("text", "on_disk"),
    [
        ("inbox", b""),
        ("Work/2026", b".Work.2026"),
        ("Archive/テスト", b".Archive.&MMYwuTDI-"),
        ("a & b", b".a &- b"),
        ("/Work/", b".Work"),
    ],
)
def test_folder_name_is_what_dovecot_writes(text: str, on_disk: bytes) -> None:
    assert folder_name(text) == on_disk
    assert folder_text(on_disk) == ("INBOX" if text == "inbox" else text.strip("/"))


@pytest.mark.parametrize("text", ["", "/", "a//b", "a.b", "..", "~root", "a\nb", "x/ /y", "x" * 300, "\ud800"])
def test_folder_name_refuses_what_is_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        folder_name(text)


def test_folder_text_shows_any_bytes() -> None:
    assert folder_text(b".a\xff") == "a\\udcff"
