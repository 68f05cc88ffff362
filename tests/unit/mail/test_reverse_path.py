"""The envelope sender, safe to write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.mail.reverse_path import reverse_path


@pytest.mark.parametrize(
    "sender",
    [
        "a@example.jp",
        "A.b+c=d@Example.JP",
        "bounce-1=x=y@mail.example.jp",
        '"a b"@example.jp',
        '"a\\"b"@example.jp',
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "prvs=123/abc@example.jp",
        "x" * 64 + "@example.jp",
    ],
)
def test_reverse_path_keeps_what_can_be_written(sender: str) -> None:
    assert reverse_path(sender, utf8=False) == sender


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "a",
        "@example.jp",
        "a@",
        "a b@example.jp",
        "a@example.jp> SIZE=1",
        "a<b@example.jp",
        "a>b@example.jp",
        '"a>b"@example.jp',
        "a@b\r\nRCPT TO:<victim@home.test>",
        "a@example.jp\n",
        "a\x00@example.jp",
        "a\x85@example.jp",
        "a\x7f@example.jp",
        "a@b@example.jp",
        "x" * 250 + "@example.jp",
        "a\ud800@example.jp",
    ],
)
@pytest.mark.parametrize("utf8", [False, True])
def test_reverse_path_is_null_for_what_cannot(sender: str, utf8: bool) -> None:  # noqa: FBT001 – a parameter
    assert reverse_path(sender, utf8=utf8) == ""


@pytest.mark.parametrize("sender", ["花子@通り.example", "a@日本語.example", "é@example.jp"])
def test_reverse_path_writes_unicode_only_where_allowed(sender: str) -> None:
    assert reverse_path(sender, utf8=True) == sender
    assert reverse_path(sender, utf8=False) == ""


@given(st.text(max_size=40), st.booleans())
def test_reverse_path_never_leaves_its_brackets(sender: str, utf8: bool) -> None:  # noqa: FBT001 – a parameter
    path = reverse_path(sender, utf8=utf8)
    assert path in ("", sender)
    assert not set(path) & set("\r\n\x00<>")
    assert utf8 or path.isascii()
