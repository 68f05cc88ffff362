"""Folder names."""

import pytest

from machiya.adapters.maildir.modified_utf7 import decode_modified_utf7


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
