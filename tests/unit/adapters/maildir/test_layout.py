"""Names of folders and files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.adapters.maildir.layout import base_name, encoded, folders, home_of, id_mark, maildir_of, named_size
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.identifiers import new_delivery_id

ROOT = Path("/mail")
MOMENT = datetime(2026, 11, 23, 10, 0, 0, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("taro@example.jp", "example.jp/taro"),
        ("Taro.Y+x=1_2-3~@Example.JP", "example.jp/taro.y+x=1_2-3~"),
        ("a/b@example.jp", "example.jp/a%2Fb"),
        ("a%2fb@example.jp", "example.jp/a%252fb"),
        ('"../x"@example.jp', "example.jp/%22..%2Fx%22"),
        ("太@example.jp", "example.jp/%E5%A4%AA"),
        ("a@日本語.example", "xn--wgv71a119e.example/a"),
        ('"a:2,s"@example.jp', "example.jp/%22a%3A2%2Cs%22"),
    ],
)
def test_home_of_names_the_folder(address: str, path: str) -> None:
    mailbox = EmailAddress.parse(address)
    assert home_of(ROOT, mailbox) == ROOT / path
    assert maildir_of(ROOT, mailbox) == ROOT / path / "Maildir"


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_home_of_never_leaves_the_root(local: str, domain: str) -> None:
    try:
        home = home_of(ROOT, EmailAddress(local, DomainName(domain)))
    except UnicodeEncodeError:
        return
    assert home.parent.parent == ROOT
    assert ".." not in home.parts
    assert not any(part.startswith(".") for part in home.parts[2:])


@given(st.text(max_size=12).filter(lambda text: text.isprintable()), st.text(max_size=12).filter(str.isprintable))
def test_encoded_keeps_different_names_different(one: str, other: str) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)


def test_base_name_depends_on_the_delivery_alone() -> None:
    delivery_id = new_delivery_id(MOMENT)
    name = base_name(delivery_id, MOMENT)
    assert name == f"{int(MOMENT.timestamp())}.{delivery_id.replace('-', '')}.machiya"
    assert id_mark(delivery_id) in name
    assert id_mark(new_delivery_id(MOMENT)) not in name


@pytest.mark.parametrize(
    ("name", "size"), [("1.x.machiya,S=120,W=130:2,S", 120), ("1.M2P3.host,W=3,S=4", 4), ("1.x", None)]
)
def test_named_size_reads_s(name: str, size: int | None) -> None:
    assert named_size(name) == size


def test_folders_are_inbox_and_maildir_plus_plus(tmp_path: Path) -> None:
    for part in ("cur", ".Sent/cur", ".Sent.2026/cur", ".no-folder", "not-a-folder/cur"):
        (tmp_path / part).mkdir(parents=True)
    assert list(folders(tmp_path)) == [tmp_path, tmp_path / ".Sent", tmp_path / ".Sent.2026"]


def test_folders_of_nothing_are_none(tmp_path: Path) -> None:
    assert list(folders(tmp_path / "missing")) == []
