"""Who the author of what a mailbox sends on is."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import Header, decode_header, make_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.recipients import RefusalReason, Resolution
from machiya.mail.redirected import REDIRECTED_FIELD, HeaderChanges, RedirectRules
from machiya.mail.submission import Refusal

OWNER, OUTSIDE = "taro@home.test", "taro@elsewhere.test"
BY_SIEVE = (REDIRECTED_FIELD, OWNER.encode())


@dataclass
class Directory:
    """Taro's house; sales@ is his too."""

    def may_send(self, login: EmailAddress, sender: EmailAddress) -> bool:
        return str(login) == OWNER and str(sender.untagged) in {OWNER, "sales@home.test"}

    def is_own(self, domain: DomainName) -> bool:
        return str(domain) == "home.test"

    def resolve(self, recipient: EmailAddress) -> Resolution:
        return Resolution(recipient, refusal=RefusalReason.UNKNOWN)


def changes(
    *authors: bytes, sender: str = OWNER, to: tuple[str, ...] = (OUTSIDE,), more: tuple[tuple[str, bytes], ...] = ()
) -> HeaderChanges | Refusal | None:
    fields = [BY_SIEVE, *(("from", author) for author in authors), *more]
    return RedirectRules(Directory()).changes(sender, to, fields)


def rewritten(*authors: bytes, more: tuple[tuple[str, bytes], ...] = ()) -> HeaderChanges:
    found = changes(*authors, more=more)
    assert isinstance(found, HeaderChanges)
    return found


def author(found: HeaderChanges) -> tuple[str, str]:
    """Name and address, as who gets it reads them (the library's reader of names puts blanks between words)."""
    message = message_from_bytes(b"From: " + found.author + b"\n\n", policy=policy.default)
    assert list(message) == ["From"]
    assert not message.defects
    [address] = message["From"].addresses
    words = found.author.decode("ascii").rpartition(" <")[0]
    name = address.display_name if words.startswith('"') else str(make_header(decode_header(words)))
    return name, address.addr_spec


def test_the_mailbox_is_the_author_and_the_one_who_wrote_it_is_named() -> None:
    found = rewritten(b"Hanako Tanaka <hanako@out.test>")
    assert found.author == b'"Hanako Tanaka (hanako@out.test) via taro@home.test" <taro@home.test>'
    assert found.added == (
        ("Reply-To", b"Hanako Tanaka <hanako@out.test>"),
        ("X-Original-From", b"Hanako Tanaka <hanako@out.test>"),
    )


def test_reply_to_that_is_there_stays() -> None:
    found = rewritten(b"a@out.test", more=(("reply-to", b"b@out.test"),))
    assert [name for name, _ in found.added] == ["X-Original-From"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (Header("田中 花子", "utf-8").encode().encode() + b" <h@out.test>", "田中 花子 (h@out.test)"),
        (Header("田中", "iso-2022-jp").encode().encode() + b"\n\t<h@out.test>", "田中 (h@out.test)"),
        (b"=?ISO-2022-JP?B?GyRCLSEbKEI=?= <h@out.test>", "① (h@out.test)"),
        (b'"Tanaka, \\"H\\" (Sales)" <h@out.test>', 'Tanaka, "H" (Sales) (h@out.test)'),
        (b"h@out.test (Hanako)", "h@out.test"),
        (b"<h@out.test>", "h@out.test"),
        ("花子 <h@out.test>".encode(), "花子 (h@out.test)"),
        ("花子 <h@out.test>".encode("cp932"), "花子 <h@out.test>"),
        (b"undisclosed", "undisclosed"),
        (b"", "unknown sender"),
    ],
)
def test_name_survives(raw: bytes, name: str) -> None:
    assert author(rewritten(raw)) == (f"{name} via {OWNER}", OWNER)


@settings(max_examples=60)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_the_from_line_is_the_mailbox_alone_is_the_author(raw: bytes) -> None:
    found = changes(raw.replace(b"\0", b"").replace(b"\r", b"").replace(b"\n", b"\n "))
    assert isinstance(found, HeaderChanges | None)
    if found:
        name, address = author(found)
        assert address == OWNER
        assert name.endswith(f" via {OWNER}")
        assert all(len(line) < 998 for line in found.author.split(b"\n"))


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"\\'), min_size=1, max_size=100))
def test_any_name_comes_through_whole(name: str) -> None:
    raw = Header(name, "utf-8").encode().encode() + b" <h@out.test>"
    assert author(rewritten(raw))[0] == f"{name} (h@out.test) via {OWNER}"


def test_several_or_no_from_lines_become_one() -> None:
    several = rewritten(b"a@out.test", b"taro@home.test")
    assert (author(several)[1], several.from_count) == (OWNER, 2)
    assert several.added == (("X-Original-From", b"a@out.test"), ("X-Original-From", b"taro@home.test"))
    none = rewritten()
    assert (author(none), none.from_count, none.added) == ((f"unknown sender via {OWNER}", OWNER), 0, ())


@pytest.mark.parametrize("own", [b"Taro <taro@home.test>", b"sales+x@home.test"])
def test_own_address_stays(own: bytes) -> None:
    assert changes(own) is None


def test_neighbours_address_is_not_taken_at_its_word() -> None:
    assert author(rewritten(b"Mia <mia@home.test>")) == (f"Mia (mia@home.test) via {OWNER}", OWNER)


def test_only_what_is_sent_on_to_outside_is_changed() -> None:
    assert changes(b"a@out.test", to=("mia@home.test",)) is None
    assert isinstance(changes(b"a@out.test", to=("mia@home.test", OUTSIDE)), HeaderChanges)
    assert RedirectRules(Directory()).changes("", (OUTSIDE,), [("from", OWNER.encode())]) is None


def test_null_sender_is_sent_on_for_the_mailbox_that_the_topmost_field_names() -> None:
    found = changes(b"a@out.test", sender="", more=((REDIRECTED_FIELD, b"boss@out.test"),))
    assert isinstance(found, HeaderChanges)


@pytest.mark.parametrize("sender", ["boss@out.test", "mia@home.test", "nonsense"])
def test_nothing_is_sent_on_for_others(sender: str) -> None:
    assert isinstance(changes(b"a@out.test", sender=sender), Refusal)
