import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench.inbound.generator import read_answer, read_requests, write_requests
from bench.inbound.messages import Requests, json_posts, message, signed_puts

from machiya.mail.envelope import decode_envelope
from machiya.mail.signature import SIGNATURE_HEADER, SignedRequest, verify

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("size", [600, 4096, 51200, 1024 * 1024, *range(4097, 4180)])
def test_message_has_exactly_its_size_and_plain_lines(size: int) -> None:
    content = message(size)
    assert len(content) == size
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert max(len(line) for line in lines) <= 78
    assert not any(b"\r" in line or b"\n" in line or line.startswith(b".") for line in lines)


def split(request: bytes) -> tuple[str, dict[str, str], bytes]:
    head, body = request.split(b"\r\n\r\n", 1)
    first, *fields = head.decode().split("\r\n")
    return first, dict(field.split(": ", 1) for field in fields), body


def test_signed_puts_are_believed_by_the_house_and_carry_the_message() -> None:
    content = message(4096)
    requests = signed_puts(content, ["m000@bench.test"], key="secret", port=8025, now=NOW)
    first, fields, body = split(requests.heads[0] + requests.tail)
    method, path, _ = first.split(" ")
    request = SignedRequest.from_headers(method, path, fields, path.rpartition("/")[2])
    verify(request, fields[SIGNATURE_HEADER], ["secret"], NOW)
    assert body == content
    assert fields["Machiya-Content-MD5"] == hashlib.md5(body).hexdigest()
    assert int(fields["Content-Length"]) == len(body)
    assert decode_envelope(fields["Machiya-Envelope"]).recipient == "m000@bench.test"


def test_signed_puts_have_an_id_each() -> None:
    heads = signed_puts(b"x\r\n", ["m000@bench.test"] * 50, key="secret", port=1, now=NOW).heads
    assert len({head.split(b" ")[1] for head in heads}) == 50


def test_json_posts_carry_envelope_and_message() -> None:
    content = message(4096)
    requests = json_posts(content, ["m001@bench.test"], key="key", port=8026)
    _, fields, body = split(requests.heads[0] + requests.tail)
    assert int(fields["Content-Length"]) == len(body)
    document = json.loads(body)
    assert document["to"] == "m001@bench.test"
    assert document["raw"].encode() == content


def test_read_answer_waits_for_the_whole_answer() -> None:
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nbody"
    assert [read_answer(answer[:end]) for end in (0, 20, len(answer) - 1)] == [None, None, None]
    assert read_answer(answer) == 201
    assert read_answer(b"HTTP/1.1 200 OK\r\n\r\n") == 200


def test_requests_survive_their_folder(tmp_path: Path) -> None:
    requests = Requests([b"a\r\n\r\n", base64.b64decode("/wA=")], b"\x00\xff")
    write_requests(tmp_path, requests)
    assert read_requests(tmp_path) == requests
