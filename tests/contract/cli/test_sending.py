"""What send-test makes of a file before it goes over the wire."""

import pytest

from machiya.entrypoints.cli.sending import wire_form


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"Subject: a\n\n.dot\n", b"Subject: a\r\n\r\n.dot\r\n"),
        (b"Subject: a\r\n\r\nbare\nlf\r\n", b"Subject: a\r\n\r\nbare\nlf\r\n"),
        (b"Subject: a\r\n\r\nno end", b"Subject: a\r\n\r\nno end\r\n"),
        (b"", b"\r\n"),
    ],
    ids=["unix", "crlf-with-bare-lf", "no-last-line-end", "empty"],
)
def test_wire_form_changes_only_what_smtp_cannot_carry(content: bytes, sent: bytes) -> None:
    assert wire_form(content) == sent
