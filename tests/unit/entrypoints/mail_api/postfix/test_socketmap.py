import asyncio
from dataclasses import dataclass

import pytest

from fakes.stream import FakeWriter
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Unavailable
from machiya.core.recipients import Resolution
from machiya.entrypoints.mail_api.postfix.socketmap import REQUEST_BYTES, serve_socketmap


@dataclass
class Directory:
    ill: bool = False

    def is_own(self, domain: DomainName) -> bool:
        if self.ill:
            raise Unavailable("the address table has not been read yet")
        return domain.name == "example.jp"

    def resolve(self, recipient: EmailAddress) -> Resolution:
        return Resolution(recipient, (recipient.untagged,))


async def ask(raw: bytes, *, ill: bool = False) -> bytes:
    reader, writer = asyncio.StreamReader(), FakeWriter()
    reader.feed_data(raw)
    reader.feed_eof()
    await serve_socketmap(Directory(ill), reader, writer)  # type: ignore[arg-type]
    assert writer.closed
    return writer.written


async def test_look_ups_are_answered_one_after_the_other() -> None:
    assert await ask(b"18:domains example.jp,18:domains example.no,25:aliases taro+x@example.jp,") == (
        b"13:OK example.jp,9:NOTFOUND ,18:OK taro@example.jp,"
    )


async def test_table_that_is_not_read_yet_is_a_temporary_answer() -> None:
    assert await ask(b"18:domains example.jp,", ill=True) == b"44:TEMP the address table has not been read yet,"


@pytest.mark.parametrize(
    "raw",
    [b"", b"x:y,", b"5:hello;", b"-1:,", b"%d:" % (REQUEST_BYTES + 1), b"99999999999:", b"3:ab", b"GET / HTTP\r\n"],
)
async def test_what_is_no_netstring_is_hung_up_on(raw: bytes) -> None:
    assert await ask(raw) == b""
