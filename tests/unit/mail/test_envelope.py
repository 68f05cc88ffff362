"""The envelope on the wire: what is written is read, and garbage is an InvalidInput."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.errors import InvalidInput
from machiya.mail.envelope import ENVELOPE_BYTES, decode_envelope, encode_envelope
from machiya.mail.model import Envelope

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "signatures.json").read_text("utf-8"))["cases"]
DATA: dict[str, Any] = {
    "v": 1, "from": "a@example.com", "to": "taro@example.jp", "at": "2026-11-23T10:00:00.123Z", "size": 5,
}  # fmt: skip
texts = st.text(st.characters(codec="utf-8"), max_size=80)
moments = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def header(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def header_of(data: Any) -> str:
    return header(json.dumps(data).encode())


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["name"]) for case in VECTORS if case["envelope"] is not None]
)
def test_encode_envelope_gives_the_vectors_header(case: dict[str, Any]) -> None:
    envelope = decode_envelope(case["envelope_header"])
    assert envelope.sender == case["envelope"]["from"]
    assert envelope.recipient == case["envelope"]["to"]
    assert envelope.size_bytes == case["size"]
    assert encode_envelope(envelope) == case["envelope_header"]


@given(st.builds(Envelope, sender=texts, recipient=texts, accepted_at=moments, size_bytes=st.integers(0, 2**50)))
def test_decode_envelope_reads_what_was_written(envelope: Envelope) -> None:
    written = encode_envelope(envelope)
    assert written.isascii()
    assert "=" not in written
    assert decode_envelope(written) == envelope


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"v": 2}, id="version"),
        pytest.param({"v": "1"}, id="version as text"),
        pytest.param({"from": None}, id="sender null"),
        pytest.param({"to": 5}, id="recipient a number"),
        pytest.param({"to": ["a@b"]}, id="recipient a list"),
        pytest.param({"from": "\ud800@example.com"}, id="sender with half a surrogate pair"),
        pytest.param({"to": "\udfff"}, id="recipient with half a surrogate pair"),
        pytest.param({"size": "5"}, id="size as text"),
        pytest.param({"size": 5.0}, id="size a float"),
        pytest.param({"size": True}, id="size a boolean"),
        pytest.param({"size": -1}, id="size negative"),
        pytest.param({"at": 1795428000}, id="time a number"),
        pytest.param({"at": "2026-11-23T10:00:00"}, id="time without offset"),
        pytest.param({"at": "0001-01-01T00:00:00+23:59"}, id="time before the calendar"),
        pytest.param({"at": "soon"}, id="no time"),
    ],
)
def test_decode_envelope_refuses_a_wrong_field(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="cannot be read") as caught:
        decode_envelope(header_of({**DATA, **changed}))
    assert caught.value.hint


@pytest.mark.parametrize("name", sorted(DATA))
def test_decode_envelope_refuses_a_missing_field(name: str) -> None:
    with pytest.raises(InvalidInput):
        decode_envelope(header_of({key: value for key, value in DATA.items() if key != name}))


def test_decode_envelope_ignores_fields_it_does_not_know() -> None:
    assert decode_envelope(header_of({**DATA, "later": 1})).recipient == "taro@example.jp"


@pytest.mark.parametrize(
    "text",
    ["", "-", "====", "a", "not base64!", "e30+", "e30/", "é", "\x00", header(b"{"), header(b"null"), header(b"[]"),
     header(b"\xff\xfe"), header(b"[" * 3000), header(b'"text"'), header(b"NaN")],
)  # fmt: skip
def test_decode_envelope_refuses_garbage(text: str) -> None:
    with pytest.raises(InvalidInput):
        decode_envelope(text)


def test_decode_envelope_takes_4096_bytes_and_not_one_more() -> None:
    padding = ENVELOPE_BYTES - len(json.dumps({**DATA, "from": ""}))
    assert len(decode_envelope(header_of({**DATA, "from": "a" * padding})).sender) == padding
    with pytest.raises(InvalidInput, match="too large"):
        decode_envelope(header_of({**DATA, "from": "a" * (padding + 1)}))


def only_invalid_input(text: str) -> None:
    try:
        envelope = decode_envelope(text)
    except InvalidInput:
        return
    assert envelope.accepted_at.tzinfo is UTC
    assert encode_envelope(envelope).isascii()


@given(st.text(max_size=100))
def test_decode_envelope_of_any_text_raises_nothing_but_invalid_input(text: str) -> None:
    only_invalid_input(text)


@given(st.binary(max_size=100))
def test_decode_envelope_of_any_bytes_raises_nothing_but_invalid_input(raw: bytes) -> None:
    only_invalid_input(header(raw))


@given(st.sampled_from(sorted(DATA)), json_values)
def test_decode_envelope_of_any_field_raises_nothing_but_invalid_input(name: str, value: Any) -> None:
    only_invalid_input(header_of({**DATA, name: value}))


def test_encode_envelope_writes_milliseconds_in_utc() -> None:
    moment = datetime(2026, 11, 23, 10, 0, 0, 123999, tzinfo=UTC)
    raw = base64.urlsafe_b64decode(encode_envelope(Envelope("", "a@b", moment, 1)) + "==")
    assert json.loads(raw)["at"] == "2026-11-23T10:00:00.123Z"
