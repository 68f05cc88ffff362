"""The client's address comes from Cloudflare's own line or from nowhere."""

import pytest

from machiya.mail.client_address import Client, client_of

LINE = (
    b"Received: from mail.street.example (%s)\r\n"
    b"        by cloudflare-email.net (cloudflare) id 8mKYJccFWNie\r\n"
    b"        for <taro@example.jp>; Mon, 05 Oct 2026 05:38:55 +0000\r\n"
)
REST = b"Subject: hi\r\n\r\nReceived: from body (192.0.2.9) by cloudflare-email.net (cloudflare)\r\n"


@pytest.mark.parametrize(
    ("written", "address"),
    [(b"198.51.100.7", "198.51.100.7"), (b"2001:DB8:0:0::7", "2001:db8::7")],
)
def test_client_of_reads_the_topmost_line_of_cloudflare(written: bytes, address: str) -> None:
    content = b"X-Other: 1\r\n" + LINE % written + b"Received: by mail.street.example with SMTP id 1\r\n" + REST
    assert client_of(content) == Client(address, "mail.street.example")


def test_client_of_knows_the_older_form() -> None:
    older = LINE.replace(b"(cloudflare)", b"(unknown)") % b"192.0.2.1"
    assert client_of(older + REST) == Client("192.0.2.1", "mail.street.example")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        REST,
        b"Received: from a (192.0.2.1) by mx.other.example (x) id 1\r\n" + LINE % b"192.0.2.2" + REST,
        b"Received: from a (192.0.2.1) by cloudflare-email.net.street.example (x)\r\n" + REST,
        b"Received: by elsewhere from a (192.0.2.1) by cloudflare-email.net (cloudflare)\r\n" + REST,
        LINE % b"999.1.1.1" + REST,
        LINE % b"not an address" + REST,
        b"X-Received: from a (192.0.2.1) by cloudflare-email.net (cloudflare) id\r\n" + REST,
    ],
    ids=["nothing", "body", "below another", "longer name", "inside", "no address", "words", "other field"],
)
def test_client_of_believes_nothing_else(content: bytes) -> None:
    assert client_of(content) is None
