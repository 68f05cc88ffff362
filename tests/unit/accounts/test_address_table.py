"""Resolution and what the edge is told, from the same accounts."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.accounts.address_table import AddressTable
from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import InvalidAddress
from machiya.core.recipients import RefusalReason, address_hash
from machiya.mail.ports import RecipientDirectory

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
VECTORS = Path(__file__).parents[2] / "vectors"
KEY = "test-recipient-key"


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


def house(
    mailboxes: str = "",
    aliases: dict[str, str] | None = None,
    *,
    disabled: str = "",
    domains: str = "home.test",
    catch_all: dict[str, str] | None = None,
    owner: str = "",
) -> AddressTable:
    """A table from plain words: addresses separated by spaces."""
    caught = catch_all or {}
    return AddressTable.build(
        [Domain(DomainName.parse(d), NOON, at(caught[d]) if d in caught else None) for d in domains.split()],
        [
            *(Mailbox(at(box), NOON) for box in mailboxes.split()),
            *(Mailbox(at(box), NOON, enabled=False) for box in disabled.split()),
        ],
        [Alias(at(name), tuple(map(at, targets.split())), NOON) for name, targets in (aliases or {}).items()],
        at(owner) if owner else None,
    )


def mailboxes(table: AddressTable, recipient: str) -> list[str]:
    resolution = table.resolve(at(recipient))
    assert bool(resolution.mailboxes) == (resolution.refusal is None)
    return [str(box) for box in resolution.mailboxes]


def refusal(table: AddressTable, recipient: str) -> RefusalReason | None:
    return table.resolve(at(recipient)).refusal


def test_address_table_is_a_recipient_directory() -> None:
    directory: RecipientDirectory = house("taro@home.test")
    assert directory.resolve(at("taro@home.test")).mailboxes == (at("taro@home.test"),)


def test_resolve_finds_a_mailbox_in_any_case_and_says_nothing_of_a_path() -> None:
    table = house("taro@home.test")
    assert mailboxes(table, "TARO@Home.Test") == ["taro@home.test"]
    assert table.resolve(at("taro@home.test")).path == ()


def test_resolve_follows_an_alias_and_tells_the_path() -> None:
    table = house("taro@home.test", {"sales@home.test": "shop@home.test", "shop@home.test": "taro@home.test"})
    resolution = table.resolve(at("sales@home.test"))
    assert resolution.mailboxes == (at("taro@home.test"),)
    assert resolution.path == ("sales@home.test -> shop@home.test", "shop@home.test -> taro@home.test")


def test_resolve_gives_each_mailbox_once_in_a_stable_order() -> None:
    table = house(
        "a@home.test b@home.test c@home.test",
        {"all@home.test": "c@home.test team@home.test a+x@home.test", "team@home.test": "a@home.test b@home.test"},
    )
    assert mailboxes(table, "all@home.test") == ["c@home.test", "a@home.test", "b@home.test"]


def test_resolve_drops_the_tag() -> None:
    table = house("taro@home.test", {"sales@home.test": "taro@home.test"})
    assert mailboxes(table, "taro+shop@home.test") == ["taro@home.test"]
    assert mailboxes(table, "sales+a+b@home.test") == ["taro@home.test"]
    assert table.resolve(at("taro+shop@home.test")).path == ("taro+shop@home.test -> taro@home.test",)


def test_resolve_prefers_an_exact_entry_to_the_untagged_one() -> None:
    table = house("taro@home.test mia@home.test", {"taro+shop@home.test": "mia@home.test"})
    assert mailboxes(table, "taro+shop@home.test") == ["mia@home.test"]
    assert mailboxes(table, "taro+other@home.test") == ["taro@home.test"]


def test_resolve_refuses_the_unknown() -> None:
    table = house("taro@home.test")
    assert refusal(table, "nobody@home.test") is RefusalReason.UNKNOWN
    assert refusal(table, "taro@elsewhere.test") is RefusalReason.UNKNOWN


def test_resolve_refuses_a_disabled_mailbox_even_under_a_catch_all() -> None:
    table = house("taro@home.test", disabled="mia@home.test", catch_all={"home.test": "taro@home.test"})
    assert refusal(table, "mia@home.test") is RefusalReason.DISABLED
    assert refusal(table, "mia+x@home.test") is RefusalReason.DISABLED


def test_resolve_delivers_to_the_enabled_ones_of_an_alias() -> None:
    table = house("taro@home.test", {"all@home.test": "mia@home.test taro@home.test"}, disabled="mia@home.test")
    assert mailboxes(table, "all@home.test") == ["taro@home.test"]


def test_resolve_refuses_an_alias_of_disabled_mailboxes_only() -> None:
    table = house("", {"all@home.test": "mia@home.test"}, disabled="mia@home.test")
    assert refusal(table, "all@home.test") is RefusalReason.DISABLED


@pytest.mark.parametrize(
    "aliases",
    [
        {"a@home.test": "a@home.test"},
        {"a@home.test": "a+x@home.test"},
        {"a@home.test": "b@home.test", "b@home.test": "a@home.test"},
        {"a@home.test": "b@home.test", "b@home.test": "c@home.test", "c@home.test": "b@home.test"},
    ],
)
def test_resolve_stops_at_a_loop(aliases: dict[str, str]) -> None:
    assert refusal(house("", aliases), "a@home.test") is RefusalReason.ALIAS_LOOP


def test_resolve_delivers_what_leads_out_of_a_loop() -> None:
    table = house("taro@home.test", {"a@home.test": "b@home.test", "b@home.test": "a@home.test taro@home.test"})
    assert mailboxes(table, "a@home.test") == ["taro@home.test"]


@pytest.mark.parametrize("order", [("a", "b", "ring", "back"), ("back", "ring", "b", "a"), ("ring", "back", "a", "b")])
def test_resolve_of_a_loop_does_not_depend_on_the_order_of_the_aliases(order: tuple[str, ...]) -> None:
    targets = {"a": "mia", "b": "taro", "ring": "b back", "back": "a ring"}
    aliases = {f"{name}@home.test": " ".join(f"{to}@home.test" for to in targets[name].split()) for name in order}
    table = house("taro@home.test mia@home.test", aliases)
    assert mailboxes(table, "ring@home.test") == ["mia@home.test", "taro@home.test"]
    assert mailboxes(table, "back@home.test") == ["mia@home.test", "taro@home.test"]


def test_resolve_of_an_alias_whose_target_is_gone_is_unknown_not_a_loop() -> None:
    table = house("", {"a@home.test": "b@home.test c@home.test", "b@home.test": "c@home.test"})
    assert refusal(table, "a@home.test") is RefusalReason.UNKNOWN


def test_resolve_gives_the_rest_to_the_catch_all() -> None:
    table = house(
        "taro@home.test",
        {"info@shop.test": "taro@home.test"},
        domains="home.test shop.test",
        catch_all={"shop.test": "info@shop.test"},
    )
    resolution = table.resolve(at("Anything+x@Shop.test"))
    assert resolution.mailboxes == (at("taro@home.test"),)
    assert resolution.path == (
        "anything+x@shop.test -> catch-all of shop.test (info@shop.test)",
        "info@shop.test -> taro@home.test",
    )
    assert refusal(table, "anything@home.test") is RefusalReason.UNKNOWN


def test_resolve_with_a_dangling_catch_all_is_unknown() -> None:
    table = house("taro@home.test", catch_all={"home.test": "gone@home.test"})
    assert refusal(table, "anything@home.test") is RefusalReason.UNKNOWN


@pytest.mark.parametrize("role", ["postmaster", "abuse", "Postmaster", "ABUSE+x"])
def test_resolve_of_a_role_goes_to_the_owner(role: str) -> None:
    table = house(
        "a@home.test z@home.test m@shop.test",
        {"boss@home.test": "z@home.test"},
        domains="home.test shop.test",
        owner="boss+house@home.test",
    )
    assert mailboxes(table, f"{role}@home.test") == ["z@home.test"]
    assert mailboxes(table, f"{role}@shop.test") == ["z@home.test"]


@pytest.mark.parametrize("owner", ["", "gone@home.test", "me@elsewhere.test", "postmaster@home.test"])
def test_resolve_of_a_role_without_an_owner_goes_to_the_first_mailbox(owner: str) -> None:
    table = house(
        "b@shop.test c@shop.test z@home.test",
        disabled="a@shop.test",
        domains="home.test shop.test none.test",
        owner=owner,
    )
    assert mailboxes(table, "postmaster@shop.test") == ["b@shop.test"]
    assert mailboxes(table, "postmaster@home.test") == ["z@home.test"]
    assert mailboxes(table, "abuse@none.test") == ["b@shop.test"]


@pytest.mark.parametrize(
    ("owner", "who"),
    [("z@shop.test", "postmaster@shop.test"), ("", "postmaster@home.test"), ("me@else.test", "postmaster@home.test")],
)
def test_postmaster_is_the_owners_or_the_first_domains(owner: str, who: str) -> None:
    table = house("a@home.test z@shop.test", domains="shop.test home.test", owner=owner)
    assert str(table.postmaster()) == who
    assert mailboxes(table, who)


def test_postmaster_of_a_house_without_mailboxes_is_nobody() -> None:
    assert house("", owner="boss@home.test").postmaster() is None


def test_resolve_of_a_role_in_a_house_without_mailboxes_is_unknown() -> None:
    table = house("", owner="boss@home.test")
    assert refusal(table, "postmaster@home.test") is RefusalReason.UNKNOWN
    assert table.edge_recipients(KEY).text == ""


def test_resolve_of_a_role_with_an_entry_of_its_own_keeps_it() -> None:
    table = house(
        "a@home.test abuse@home.test z@home.test", {"postmaster@home.test": "z@home.test"}, owner="a@home.test"
    )
    assert mailboxes(table, "postmaster@home.test") == ["z@home.test"]
    assert mailboxes(table, "abuse@home.test") == ["abuse@home.test"]


def test_resolve_of_a_role_comes_before_the_catch_all() -> None:
    table = house("a@home.test b@home.test", catch_all={"home.test": "b@home.test"}, owner="a@home.test")
    assert mailboxes(table, "postmaster@home.test") == ["a@home.test"]


def test_resolve_works_with_ten_thousand_entries() -> None:
    names = [f"user{n}@home.test" for n in range(5000)]
    table = house(" ".join(names), {f"alias{n}@home.test": name for n, name in enumerate(names)})
    assert len(table) == 10_002
    assert mailboxes(table, "alias4999+x@home.test") == ["user4999@home.test"]
    assert table.edge_recipients(KEY).text.count("\n") == 10_002


def test_build_survives_a_chain_of_two_thousand_aliases() -> None:
    aliases = {f"a{n}@home.test": f"a{n + 1}@home.test" for n in range(2000)}
    table = house("a2000@home.test", aliases)
    assert mailboxes(table, "a0@home.test") == ["a2000@home.test"]
    assert len(table.resolve(at("a0@home.test")).path) == 20


def lines_of(table: AddressTable) -> dict[str, str]:
    text = table.edge_recipients(KEY).text
    assert text == "".join(sorted(text.splitlines(keepends=True)))
    return dict(line.split(" ") for line in text.splitlines())


def test_edge_recipients_tell_kinds_by_hash_only() -> None:
    table = house(
        "taro@home.test", {"sales@home.test": "taro@home.test", "old@home.test": "mia@home.test"},
        disabled="mia@home.test", domains="home.test shop.test",
        catch_all={"shop.test": "taro@home.test", "home.test": "mia@home.test"},
    )  # fmt: skip
    expected = {
        "taro@home.test": "a", "sales@home.test": "a", "mia@home.test": "x", "old@home.test": "x", "@shop.test": "c",
        "postmaster@home.test": "a", "abuse@home.test": "a", "postmaster@shop.test": "a", "abuse@shop.test": "a",
    }  # fmt: skip
    assert lines_of(table) == {address_hash(KEY, address): kind for address, kind in expected.items()}
    assert "taro" not in table.edge_recipients(KEY).text


def test_edge_recipients_have_an_etag_that_changes_with_the_lines_and_with_the_key_only() -> None:
    one, same, other = house("a@home.test b@home.test"), house("b@home.test a@home.test"), house("a@home.test")
    etag = one.edge_recipients(KEY).etag
    assert etag == same.edge_recipients(KEY).etag
    assert etag != other.edge_recipients(KEY).etag
    assert etag != one.edge_recipients("other key").etag
    assert etag == one.edge_recipients(KEY).etag
    assert etag[0] == etag[-1] == '"'


def vectors() -> list[dict[str, str]]:
    document = json.loads((VECTORS / "canonical-addresses.json").read_text(encoding="utf-8"))
    assert document["hash_key"] == KEY
    cases: list[dict[str, str]] = document["cases"]
    return cases


@pytest.mark.parametrize("case", [case for case in vectors() if case["canonical"]], ids=lambda case: case["name"])
def test_address_hash_agrees_with_the_vectors(case: dict[str, str]) -> None:
    address = at(case["address"])
    assert (str(address), str(address.untagged)) == (case["canonical"], case["untagged"])
    assert address_hash(KEY, str(address)) == case["hash"]
    text = hmac.digest(KEY.encode(), case["canonical"].encode(), hashlib.sha256).hex()
    assert address_hash(KEY, str(address)) == text[:32]


@pytest.mark.parametrize("case", [case for case in vectors() if not case["canonical"]], ids=lambda case: case["name"])
def test_addresses_without_canonical_form_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(InvalidAddress):
        at(case["address"])


def edge_decides(table: AddressTable, recipient: EmailAddress) -> bool:
    """The look-up of docs/format/edge-protocol.md."""
    known = lines_of(table)
    for text in (str(recipient), str(recipient.untagged), f"@{recipient.domain}"):
        kind = known.get(address_hash(KEY, text))
        if kind is not None:
            return kind != "x"
    return False


def test_edge_table_decides_as_the_behaviours_say() -> None:
    table = house(
        "taro@example.jp info@例え.jp", {"sales@example.jp": "taro@example.jp"},
        disabled="hanako@example.jp away@shop.example", domains="example.jp shop.example 例え.jp",
        catch_all={"shop.example": "taro@example.jp"},
    )  # fmt: skip
    behaviours = json.loads((VECTORS / "edge-behaviours.json").read_text(encoding="utf-8"))["recipients"]["cases"]
    judged = [case for case in behaviours if "table" not in case and "[" not in case["to"]]
    assert len(judged) >= 10
    for case in judged:
        assert edge_decides(table, at(case["to"])) is case["accept"], case["name"]


# Properties: any accounts at all, also those the use cases would refuse.

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "a+x", "postmaster", "abuse"])
DOMAINS = st.sampled_from(["home.test", "shop.test", "else.test"])
ADDRESSES = st.builds(lambda name, domain: at(f"{name}@{domain}"), NAMES, DOMAINS)
HOUSES = ["home.test", "shop.test"]


@st.composite
def tables(draw: st.DrawFn) -> tuple[AddressTable, dict[EmailAddress, bool]]:
    boxes = draw(st.dictionaries(ADDRESSES, st.booleans(), max_size=6))
    aliases = draw(st.dictionaries(ADDRESSES, st.lists(ADDRESSES, max_size=4), max_size=10))
    caught = [draw(st.none() | ADDRESSES) for _ in HOUSES]
    table = AddressTable.build(
        [Domain(DomainName.parse(name), NOON, catch_all) for name, catch_all in zip(HOUSES, caught, strict=True)],
        [Mailbox(address, NOON, enabled=enabled) for address, enabled in boxes.items()],
        [Alias(address, tuple(targets), NOON) for address, targets in aliases.items()],
        draw(st.none() | ADDRESSES),
    )
    return table, boxes


@given(tables(), ADDRESSES)
def test_resolve_always_ends_with_enabled_mailboxes_or_a_reason(
    made: tuple[AddressTable, dict[EmailAddress, bool]], recipient: EmailAddress
) -> None:
    table, boxes = made
    resolution = table.resolve(recipient)
    assert all(boxes[mailbox] for mailbox in resolution.mailboxes)
    assert len(set(resolution.mailboxes)) == len(resolution.mailboxes)
    assert bool(resolution.mailboxes) == (resolution.refusal is None)


@given(tables(), ADDRESSES, st.sampled_from([str.upper, str.title, str.swapcase]))
def test_resolve_does_not_care_about_case(
    made: tuple[AddressTable, dict[EmailAddress, bool]], recipient: EmailAddress, change: object
) -> None:
    assert callable(change)
    table, _ = made
    assert table.resolve(at(change(str(recipient)))) == table.resolve(recipient)


@given(tables(), ADDRESSES)
def test_resolve_does_not_care_about_a_tag_nobody_has(
    made: tuple[AddressTable, dict[EmailAddress, bool]], recipient: EmailAddress
) -> None:
    table, _ = made
    plain = recipient.untagged
    tagged = EmailAddress(f"{plain.local}+nobodyhasthis", plain.domain)
    assert table.resolve(tagged).mailboxes == table.resolve(plain).mailboxes
    assert table.resolve(tagged).refusal == table.resolve(plain).refusal


@given(tables(), ADDRESSES)
def test_edge_never_refuses_what_the_house_would_take(
    made: tuple[AddressTable, dict[EmailAddress, bool]], recipient: EmailAddress
) -> None:
    table, _ = made
    if table.resolve(recipient).mailboxes:
        assert edge_decides(table, recipient)


@pytest.mark.parametrize(
    ("sender", "may"),
    [
        ("taro@home.test", True),
        ("taro+tag@home.test", True),
        ("team@home.test", True),
        ("team+x@home.test", True),
        ("jiro@home.test", False),
        ("anything@home.test", False),  # the catch-all leads to taro, and is nobody's address
        ("taro@elsewhere.example", False),
    ],
)
def test_may_send_knows_mailboxes_and_aliases_and_no_catch_all(sender: str, may: bool) -> None:  # noqa: FBT001 – a parameter
    table = house(
        "taro@home.test jiro@home.test",
        {"team@home.test": "taro@home.test jiro@home.test"},
        catch_all={"home.test": "taro@home.test"},
    )
    assert table.may_send(at("taro@home.test"), at(sender)) is may


def test_may_send_refuses_a_disabled_mailbox() -> None:
    assert not house(disabled="taro@home.test").may_send(at("taro@home.test"), at("taro@home.test"))


def test_is_own_knows_the_domains_without_mailboxes_too() -> None:
    table = house(domains="home.test empty.test")
    assert [table.is_own(DomainName.parse(name)) for name in ("home.test", "empty.test", "x.test")] == [
        True,
        True,
        False,
    ]
