"""What is an address, what is none, and that writing and reading one changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.addresses import ADDRESS_OCTETS, DOMAIN_OCTETS, LABEL_OCTETS, DomainName, EmailAddress
from machiya.core.errors import InvalidAddress

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "canonical-addresses.json").read_text("utf-8"))["cases"]
LABEL = "a" * LABEL_OCTETS
DOMAIN_OF_255 = ".".join([LABEL] * 3 + ["a" * 61, "b"])


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", named([case for case in VECTORS if case["canonical"] is not None]))
def test_parse_gives_the_vectors_canonical_form(case: dict[str, Any]) -> None:
    address = EmailAddress.parse(case["address"])
    assert str(address) == case["canonical"]
    assert str(address.untagged) == case["untagged"]
    assert f"@{address.domain}" == case["catch_all"]


@pytest.mark.parametrize("case", named([case for case in VECTORS if case["canonical"] is None]))
def test_parse_refuses_the_vectors_without_canonical_form(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidAddress) as caught:
        EmailAddress.parse(case["address"])
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        pytest.param("a" * 64 + "@b.jp", True, id="local part of 64 octets"),
        pytest.param("a" * 65 + "@b.jp", False, id="local part of 65 octets"),
        pytest.param("é" * 32 + "@b.jp", True, id="local part of 32 letters in 64 octets"),
        pytest.param("é" * 32 + "a@b.jp", False, id="local part of 33 letters in 65 octets"),
        pytest.param("a@" + ".".join([LABEL] * 3 + ["a" * 60]), True, id="address of 254 octets"),
        pytest.param("aa@" + ".".join([LABEL] * 3 + ["a" * 60]), False, id="address of 255 octets"),
        pytest.param(f"a@{LABEL}.jp", True, id="label of 63 octets"),
        pytest.param(f"a@{LABEL}b.jp", False, id="label of 64 octets"),
    ],
)
def test_parse_counts_octets_not_letters(text: str, accepted: bool) -> None:  # noqa: FBT001 – a column of the table
    if accepted:
        assert EmailAddress.parse(text).unicode == text
        return
    with pytest.raises(InvalidAddress, match="too long"):
        EmailAddress.parse(text)


def test_parse_takes_a_domain_of_255_octets_but_not_of_256() -> None:
    assert len(DomainName.parse(DOMAIN_OF_255).name) == DOMAIN_OCTETS
    with pytest.raises(InvalidAddress, match="too long"):
        DomainName.parse(DOMAIN_OF_255 + "b")


@pytest.mark.parametrize("character", ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9f", "\ud800"])
@pytest.mark.parametrize(
    "place", ["{}taro@example.jp", "ta{}ro@example.jp", '"ta{}ro"@example.jp', "taro@ex{}ample.jp"]
)
def test_parse_refuses_controls_and_lone_surrogates_everywhere(character: str, place: str) -> None:
    with pytest.raises(InvalidAddress, match="control character"):
        EmailAddress.parse(place.format(character))


@pytest.mark.parametrize(
    "local",
    [".taro", "taro.", "ta..ro", "ta ro", "ta,ro", "<taro", "ta(ro)", '"taro', 'ta"ro"', '"ta"ro"', '"\\"', "@"],
)
def test_parse_refuses_a_local_part_outside_the_grammar(local: str) -> None:
    with pytest.raises(InvalidAddress, match="before @"):
        EmailAddress.parse(f"{local}@example.jp")


@pytest.mark.parametrize("local", ['""', '"ta ro"', '"ta@ro"', '"a\\"b"', '"a\\\\"', "!#$%&'*/=?^_`{|}~-", "用户"])
def test_parse_accepts_a_local_part_of_the_grammar(local: str) -> None:
    assert EmailAddress.parse(f"{local}@example.jp").local == local


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", ".jp", "-a.jp", "a-.jp", "exa mple.jp", "exa/mple.jp", "xn--a.jp", "1.2.3.4", "[::1]", "a.123"],
)
def test_parse_refuses_what_is_no_domain(text: str) -> None:
    with pytest.raises(InvalidAddress):
        DomainName.parse(text)


def test_parse_keeps_underscore_labels() -> None:
    assert DomainName.parse("_dmarc.Example.JP.").name == "_dmarc.example.jp"


def test_parse_composes_again_after_lower_case() -> None:
    # There is no capital H with a line below, but there is a small one.
    assert EmailAddress.parse("H\u0331@example.jp") == EmailAddress.parse("\u1e96@example.jp")


def test_parse_folds_ascii_letters_only() -> None:
    assert EmailAddress.parse("ÀBC@example.jp").local == "Àbc"


def test_unicode_shows_the_name_people_write() -> None:
    assert EmailAddress.parse("info@XN--R8JZ45G.JP").unicode == "info@例え.jp"
    assert DomainName.parse("example.jp").unicode == "example.jp"


def test_tag_is_what_follows_the_first_plus() -> None:
    assert EmailAddress.parse("taro+a+b@example.jp").tag == "a+b"
    assert EmailAddress.parse("+1555@example.jp").tag == ""
    assert EmailAddress.parse('"taro+x"@example.jp').tag == ""
    assert EmailAddress.parse('"taro+x"@example.jp').untagged == EmailAddress.parse('"taro+x"@example.jp')


def parsed(text: str) -> EmailAddress | None:
    try:
        return EmailAddress.parse(text)
    except InvalidAddress:
        return None


local_parts = st.one_of(
    st.from_regex(r"[A-Za-z0-9+_.-]{1,70}", fullmatch=True),
    st.text(st.characters(min_codepoint=0x80), min_size=1, max_size=20),
    st.text("AaHhTW\u0331\u0308\u030a\u212a", min_size=1, max_size=6),
    st.from_regex(r'"([ !#-\[\]-~]|\\[ -~]){0,20}"', fullmatch=True),
)
domains = st.one_of(
    st.from_regex(r"[A-Za-z0-9-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,3}\.?", fullmatch=True),
    st.text(st.characters(min_codepoint=0x80), min_size=1, max_size=12).map(lambda text: text + ".jp"),
    st.from_regex(r"[xX][nN]--[a-z0-9]{1,10}\.jp", fullmatch=True),
)


@given(st.one_of(st.text(), st.builds("{}@{}".format, local_parts, domains)))
def test_parse_of_anything_gives_an_address_or_an_invalid_address(text: str) -> None:
    address = parsed(text)
    if address is not None:
        assert len(str(address).encode()) <= ADDRESS_OCTETS
        assert address.domain.name.isascii()


@given(st.builds("{}@{}".format, local_parts, domains))
def test_parse_of_str_is_the_same_address(text: str) -> None:
    address = parsed(text)
    if address is not None:
        assert EmailAddress.parse(str(address)) == address
        assert EmailAddress.parse(str(address.untagged)) == address.untagged


@given(domains)
def test_parse_of_a_domain_for_people_is_the_same_domain(text: str) -> None:
    address = parsed(f"a@{text}")
    if address is not None:
        assert DomainName.parse(address.domain.unicode) == address.domain
