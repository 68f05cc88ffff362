"""A stored message on a terminal: readable, and harmless to it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.mail.reading import read_headers, read_message

PLAIN = "Subject: =?utf-8?B?5pel5pys?=\r\nFrom: a@b.example\r\nX-Other: no\r\n\r\nこんにちは\r\n".encode()
MULTIPART = (
    b"Content-Type: multipart/mixed; boundary=B\r\nSubject: x\r\n\r\n"
    b"--B\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$BF|K\\\x1b(B\r\n"
    b"--B\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="=?utf-8?B?5pel5pys?=.pdf"\r\n\r\naGVsbG8=\r\n'
    b"--B--\r\n"
)


def html(body: str) -> bytes:
    return f"Content-Type: text/html; charset=utf-8\r\n\r\n{body}".encode()


def test_read_message_shows_decoded_headers_in_a_fixed_order() -> None:
    message = read_message(PLAIN)
    assert message.headers == (("From", "a@b.example"), ("Subject", "日本"))
    assert message.text == "こんにちは"


def test_read_message_names_attachments_with_their_size() -> None:
    message = read_message(MULTIPART)
    assert message.text == "日本"
    assert message.attachments == ("日本.pdf (application/pdf, 5 bytes)",)


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        (b'filename="a.txt"', "a.txt"),
        (b"filename*=utf-8''%E6%97%A5.txt", "日.txt"),
        (b"filename*=iso-2022-jp''%1B$BF%7C%1B(B.txt", "日.txt"),
        (b"filename*0*=utf-8''%E6%97; filename*1*=%A5.txt", "日.txt"),
        (b"filename*=undefined''a.txt", "a.txt"),
        (b'filename="=?undefined?Q?a.txt?="', "a.txt"),
        ('filename="日.txt"'.encode(), "日.txt"),
        (b'filename="a\x1b[2J.txt"', "a [2J.txt"),
        (b"", "attachment"),
    ],
)
def test_read_message_names_an_attachment_however_it_is_spelled(parameter: bytes, name: str) -> None:
    raw = b"Content-Type: image/png\r\nContent-Disposition: attachment; " + parameter + b"\r\n\r\nx"
    assert read_message(raw).attachments == (f"{name} (image/png, 1 bytes)",)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("a<br>b", "a\nb"),
        ("&lt;b&gt; &amp; &#12354;", "<b> & あ"),
        ("<style>p{}</style><script>x()</script>shown", "shown"),
        ("<head><title>t</title></head>shown", "shown"),
        ("</script>still shown", "still shown"),
        ("<STYLE>p</STYLE >a<!-- <p>hidden</p> -->b", "ab"),
        ("<![if !mso]>a<![endif]><![x]>b<![", "ab<!["),
        ("a<header>b</header>", "ab"),
        ("1 < 2 > 1 <3", "1 < 2 > 1 <3"),
        ("shown<script>never closed", "shown"),
    ],
)
def test_read_message_strips_tags_from_html(body: str, text: str) -> None:
    assert read_message(html(body)).text == text


@pytest.mark.parametrize("piece", ["<", "<!", "<a ", "<!--", "<script", "<script>", "</p", "\n \n", "&", "&#"])
def test_read_message_strips_tags_in_linear_time(piece: str) -> None:
    # The timeout of the test run would tell: the standard library's parser took a minute for one of these.
    assert read_message(html("shown <p>" + piece * 100_000)).text.startswith("shown")


def test_read_message_prefers_plain_text() -> None:
    raw = (
        b"Content-Type: multipart/alternative; boundary=B\r\n\r\n--B\r\nContent-Type: text/html\r\n\r\n<b>html</b>\r\n"
        b"--B\r\nContent-Type: text/plain\r\n\r\nplain\r\n--B--\r\n"
    )
    assert read_message(raw).text == "plain"


def test_read_message_lets_nothing_move_the_cursor() -> None:
    raw = b"Subject: \x1b[2Ja\r\n\r\n\x1b]0;title\x07b\x9b31m\x08\x7f\tc\r\n"
    message = read_message(raw)
    shown = message.text + "".join(value for _, value in message.headers)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert "\tc" in message.text


def test_read_headers_gives_the_first_of_each_field() -> None:
    assert read_headers(b"A: 1\r\na: 2\r\nB: =?utf-8?B?5pel?=\r\n\r\nC: body") == {"a": "1", "b": "日"}


pieces = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=B\r\n",
        b"Content-Type: text/html; charset=undefined\r\n",
        b"Content-Type: text/plain; charset*=x'y'%ff\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: \xff\xfe; charset=\x00\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: x-uuencode\r\n",
        b"Content-Transfer-Encoding: \xe9\r\n",
        b"Content-Disposition: attachment; filename*=utf-8''%ff\r\n",
        b"Content-Disposition: attachment; filename*=undefined''%ff\r\n",
        b"Content-Disposition: \xff; filename=\xe9\r\n",
        *(b"\r\n", b"--B\r\n", b"--B--\r\n", b"<![x", b"<!--", b"</p>", b"&#x110000;", b"\xff\x00", b"=?idna?Q?x?="),
    ]
)


@given(st.binary(max_size=200) | st.lists(pieces | st.binary(max_size=8), max_size=14).map(b"".join))
def test_read_message_never_fails_and_is_harmless(raw: bytes) -> None:
    message = read_message(raw)
    shown = "\n".join([message.text, *message.attachments, *(value for _, value in message.headers)])
    assert shown.encode() is not None
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
