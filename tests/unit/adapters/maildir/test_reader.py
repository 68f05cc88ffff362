"""Reading a mailbox in a terminal."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.deliveries import HANAKO, TARO
from machiya.adapters.maildir.layout import maildir_of
from machiya.adapters.maildir.reader import MaildirReader
from machiya.core.errors import InvalidInput, NotFound

NOON = 1795000000
ONE = "0193a5c07b1e7c3a9f00000000000001"
TWO = "0193a5c07b1e7c3a9f00000000000002"


def put(root: Path, place: str, name: str, content: bytes, *, at: int = NOON) -> None:
    for part in ("tmp", "new", "cur"):
        (maildir_of(root, TARO) / place / ".." / part).resolve().mkdir(parents=True, exist_ok=True)
    file = maildir_of(root, TARO) / place / name
    file.write_bytes(content)
    os.utime(file, (at, at))


@pytest.fixture
def reader(tmp_path: Path) -> MaildirReader:
    put(tmp_path, "new", f"1795000000.{ONE}.machiya,S=9,W=9", b"Subject: one\n\nbody\n")
    put(tmp_path, "cur", f"1795000000.{TWO}.machiya,S=9,W=9:2,SF", b"Subject: two\r\n\r\nbody\r\n", at=NOON + 60)
    put(tmp_path, ".&MMYwuTDI-.Sub/cur", "1.M2P3.host:2,S", b"\nno headers\n", at=NOON - 60)
    return MaildirReader(tmp_path)


def test_list_is_newest_first_over_all_folders(reader: MaildirReader) -> None:
    rows = [(row.key, row.folder, row.flags, row.size_bytes, row.headers) for row in reader.list(TARO, 10)]
    assert rows == [
        (f"1795000000.{TWO}.machiya", "INBOX", "FS", 22, b"Subject: two"),
        (f"1795000000.{ONE}.machiya", "INBOX", "", 19, b"Subject: one"),
        ("1.M2P3.host", "テスト/Sub", "S", 12, b""),
    ]


def test_list_says_when_it_came(reader: MaildirReader) -> None:
    assert reader.list(TARO, 1)[0].received_at == datetime.fromtimestamp(NOON + 60, tz=UTC)


def test_list_stops_at_the_limit(reader: MaildirReader) -> None:
    assert len(reader.list(TARO, 2)) == 2
    assert reader.list(HANAKO, 2) == ()


def test_list_changes_nothing(reader: MaildirReader, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    reader.list(TARO, 10)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "key", [f"1795000000.{ONE}.machiya", f"1795000000.{ONE[:-1]}1", "0193a5c0-7b1e-7c3a-9f00-000000000001", ONE]
)
def test_raw_takes_a_key_its_beginning_or_a_delivery_id(reader: MaildirReader, key: str) -> None:
    assert reader.raw(TARO, key) == b"Subject: one\n\nbody\n"


def test_raw_of_a_beginning_of_several_asks_for_more(reader: MaildirReader) -> None:
    with pytest.raises(InvalidInput, match="2 messages begin"):
        reader.raw(TARO, "1795")


@pytest.mark.parametrize("key", ["", "9", "../../etc/passwd"])
def test_raw_of_no_message_says_how_to_find_one(reader: MaildirReader, key: str) -> None:
    with pytest.raises(NotFound) as raised:
        reader.raw(TARO, key)
    assert raised.value.hint == "machiya mail list taro@home.test shows their keys."


def test_raw_finds_a_delivery_that_dovecot_named(reader: MaildirReader, tmp_path: Path) -> None:
    delivery = "01a22467-878e-797e-b309-2800f65d5e5f"
    path = next(path for path in tmp_path.rglob("new") if "taro" in str(path)) / "1795907094.M800385P82.dovecot"
    path.write_bytes(f"Return-Path: <>\nX-Machiya-Delivery: {delivery}\nSubject: two\n\nbody\n".encode())
    assert b"Subject: two" in reader.raw(TARO, delivery)
