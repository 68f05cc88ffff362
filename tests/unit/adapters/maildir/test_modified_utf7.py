"""Folder names."""

import pytest

from machiya.adapters.maildir.modified_utf7 import decode_modified_utf7, encode_modified_utf7


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Sent", "Sent"),
        ("&MMYwuTDI-", "テスト"),
        ("~peter&-mail", "~peter&mail"),
        ("&U,BTFw-", "台北"),
        ("&ZeVnLIqe-/a", "日本語/a"),
        ("&2D3cSg-", "\U0001f44a"),
        ("&&&", "&&&"),
        ("&MM-", "&MM-"),
        ("&!!!!-", "&!!!!-"),
        ("&2D0-", "&2D0-"),
    ],
)
def test_decode_modified_utf7(name: str, text: str) -> None:
    assert decode_modified_utf7(name) == text


@pytest.mark.parametrize("text", ["Sent", "テスト", "~peter&mail", "台北", "日本語/a", "\U0001f44a", "a &- b", "é"])
def test_encode_modified_utf7_is_what_decode_reads(text: str) -> None:
    assert encode_modified_utf7(text).isascii()
    assert decode_modified_utf7(encode_modified_utf7(text)) == text


def test_encode_modified_utf7_as_dovecot_writes_it() -> None:
    assert encode_modified_utf7("台北") == "&U,BTFw-"
