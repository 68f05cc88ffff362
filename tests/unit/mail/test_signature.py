"""Who signed it, over what, and when."""

import base64
import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.errors import Unauthorized
from machiya.mail.signature import (
    EMPTY_MD5,
    MD5_HEADER,
    NOTHING,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    ClockSkew,
    SignedRequest,
    taken_proof,
    verify,
)

TABLE = json.loads((Path(__file__).parents[2] / "vectors" / "signatures.json").read_text("utf-8"))
VECTORS = TABLE["cases"]
NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
KEY = "k1-secret"
REQUEST = SignedRequest("PUT", "/v1/inbound/x", STAMP, EMPTY_MD5, "0", "0193a5c0-7b1e-7c3a-9f00-0123456789ab", "e30")

each_vector = pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in VECTORS])
lines = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=20)


def of_vector(case: dict[str, Any]) -> SignedRequest:
    return SignedRequest(
        method=case["method"],
        path=case["path"],
        timestamp=str(case["timestamp"]),
        md5=case["md5"],
        size=str(case["size"]),
        delivery_id=case["delivery_id"] or NOTHING,
        envelope=case["envelope_header"] or NOTHING,
    )


@each_vector
def test_text_is_the_vectors_text(case: dict[str, Any]) -> None:
    assert of_vector(case).text() == case["text"].encode()


@each_vector
def test_sign_gives_the_vectors_signature(case: dict[str, Any]) -> None:
    assert of_vector(case).sign(case["key"]) == case["signature"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in TABLE["taken"]])
def test_taken_proof_is_the_vectors(case: dict[str, Any]) -> None:
    assert case["text"] == f"MACHIYA-TAKEN-V1\n{case['delivery_id']}\n{case['md5']}"
    assert taken_proof(case["key"], case["delivery_id"], case["md5"]) == case["taken"]


def test_taken_proof_is_of_one_key_one_message_and_one_content() -> None:
    proofs = {taken_proof(key, name, md5) for key in ("k1", "k2") for name in ("a", "b") for md5 in ("c", "d")}
    assert len(proofs) == 8


@each_vector
def test_vector_bodies_have_the_md5_and_size_that_were_signed(case: dict[str, Any]) -> None:
    body = base64.b64decode(case["body_base64"])
    assert hashlib.md5(body).hexdigest() == case["md5"]
    assert len(body) == case["size"]


@each_vector
def test_verify_accepts_the_vectors_at_their_time(case: dict[str, Any]) -> None:
    verify(of_vector(case), case["signature"], [case["key"]], datetime.fromtimestamp(case["timestamp"], UTC))


def test_from_headers_reads_what_headers_wrote() -> None:
    again = SignedRequest.from_headers(REQUEST.method, REQUEST.path, REQUEST.headers(KEY), REQUEST.delivery_id)
    assert again == REQUEST


def test_from_headers_without_headers_fails_the_check() -> None:
    bare = SignedRequest.from_headers("PUT", "/v1/inbound/x", {})
    with pytest.raises(Unauthorized):
        verify(bare, "", [KEY], NOW)


@given(
    st.sampled_from([field.name for field in fields(SignedRequest)]),
    lines,
)
def test_verify_refuses_any_changed_line(name: str, changed: str) -> None:
    if changed == getattr(REQUEST, name):
        return
    forged = replace(REQUEST, **{name: changed})
    with pytest.raises(Unauthorized) as caught:
        verify(forged, REQUEST.sign(KEY), [KEY], NOW)
    assert type(caught.value) is Unauthorized


@given(st.text(st.characters(max_codepoint=0xFF), max_size=80))
def test_verify_refuses_any_other_signature(signature: str) -> None:
    if signature != REQUEST.sign(KEY):
        with pytest.raises(Unauthorized):
            verify(REQUEST, signature, [KEY], NOW)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _good: "", id="missing"),
        pytest.param(lambda good: good.removeprefix("v1="), id="no version"),
        pytest.param(lambda good: good.replace("v1=", "v2="), id="another version"),
        pytest.param(str.upper, id="upper case"),
        pytest.param(lambda good: good[:-1], id="cut"),
        pytest.param(lambda good: good + "0", id="longer"),
        pytest.param(lambda good: good + "\udcff", id="no text"),
    ],
)
def test_verify_refuses_a_spoiled_signature(spoil: Any) -> None:
    with pytest.raises(Unauthorized):
        verify(REQUEST, spoil(REQUEST.sign(KEY)), [KEY], NOW)


@pytest.mark.parametrize("signer", ["old key", "new key", "schlüssel"])
def test_verify_accepts_every_key_of_a_rotation(signer: str) -> None:
    assert verify(REQUEST, REQUEST.sign(signer), ["old key", "new key", "schlüssel"], NOW) == signer


@pytest.mark.parametrize("keys", [[], [""], ["k2"], ["", "k2"]])
def test_verify_refuses_when_no_key_fits(keys: list[str]) -> None:
    with pytest.raises(Unauthorized):
        verify(REQUEST, REQUEST.sign(KEY), keys, NOW)


def test_verify_never_takes_an_empty_key_for_a_key() -> None:
    with pytest.raises(Unauthorized):
        verify(REQUEST, REQUEST.sign(""), [""], NOW)


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_verify_accepts_a_timestamp_within_five_minutes(seconds: int) -> None:
    verify(REQUEST, REQUEST.sign(KEY), [KEY], NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, -300.001, 300.001, 301, 86400 * 365])
def test_verify_tells_a_key_holder_how_far_the_clocks_are_apart(seconds: float) -> None:
    with pytest.raises(ClockSkew) as caught:
        verify(REQUEST, REQUEST.sign(KEY), [KEY], NOW + timedelta(seconds=seconds))
    assert caught.value.seconds == pytest.approx(-seconds)
    assert caught.value.hint


def test_verify_tells_nobody_else_about_the_clock() -> None:
    with pytest.raises(Unauthorized) as caught:
        verify(REQUEST, REQUEST.sign("not the key"), [KEY], NOW + timedelta(days=1))
    assert type(caught.value) is Unauthorized
    assert "clock" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("timestamp", ["", "-5", "1e9", "1795428000.5", " 1795428000", "１７９５", "nan", "9" * 400])
def test_verify_refuses_a_timestamp_that_is_no_number_of_seconds(timestamp: str) -> None:
    odd = replace(REQUEST, timestamp=timestamp)
    with pytest.raises(Unauthorized, match="timestamp"):
        verify(odd, odd.sign(KEY), [KEY], NOW)


def test_headers_name_what_the_protocol_names() -> None:
    written = REQUEST.headers(KEY)
    assert set(written) == {
        TIMESTAMP_HEADER, MD5_HEADER, "Machiya-Size", "Machiya-Envelope", SIGNATURE_HEADER,
    }  # fmt: skip
    assert written[SIGNATURE_HEADER].startswith("v1=")
