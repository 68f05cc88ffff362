import io

import pytest
import zstandard

from machiya.adapters.mariadb.dump_text import DumpReader, LineEnds, head, head_of, read_dump, whole_lines
from machiya.backup.databases import DumpDamaged

TEXT = (
    head("utf8mb4", "utf8mb4_bin")
    + b"""-- MariaDB dump
/*!40000 ALTER TABLE `a``b` DISABLE KEYS */;
INSERT INTO `a``b` VALUES (1);
INSERT INTO `a``b` VALUES (2);
/*!40000 ALTER TABLE `a``b` ENABLE KEYS */;
/*!40000 ALTER TABLE `empty` DISABLE KEYS */;
/*!40000 ALTER TABLE `empty` ENABLE KEYS */;
CREATE PROCEDURE p() BEGIN
INSERT INTO `empty` VALUES (1);
END
-- Dump completed
"""
)


def packed(text: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(text)


def read(data: bytes) -> tuple[dict[str, int], str]:
    return read_dump(lambda: io.BytesIO(data))


def test_read_dump_counts_rows_of_tables_and_not_lines_of_routines() -> None:
    assert read(packed(TEXT))[0] == {"a`b": 2, "empty": 0}


def test_read_dump_has_one_digest_whatever_the_names_and_another_for_other_rows() -> None:
    digest = read(packed(TEXT))[1]
    renamed = TEXT.replace(b"-- MariaDB dump", b"-- Host: elsewhere")
    assert read(packed(renamed))[1] == digest
    assert read(packed(TEXT.replace(b"(2)", b"(3)")))[1] != digest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zstd",
        packed(b""),
        packed(TEXT[:-5]),
        packed(TEXT.removesuffix(b"-- Dump completed\n")),
        packed(TEXT + b"more\n"),
        packed(TEXT)[:-9],
    ],
    ids=["empty", "other", "nothing", "half a line", "no end", "after the end", "half a frame"],
)
def test_read_dump_refuses_what_is_not_whole(data: bytes) -> None:
    with pytest.raises(DumpDamaged):
        read(data)


def test_reader_takes_pieces_of_any_size() -> None:
    reader = DumpReader()
    for octet in TEXT:
        reader.take(bytes([octet]))
    assert reader.finish() == read(packed(TEXT))


def test_head_tells_the_character_set_and_a_dump_of_others_has_none() -> None:
    assert head_of(lambda: io.BytesIO(packed(TEXT))) == ("utf8mb4", "utf8mb4_bin")
    assert head_of(lambda: io.BytesIO(packed(b"-- MariaDB dump\n"))) is None


def test_line_ends_holds_back_what_has_not_ended() -> None:
    lines = LineEnds()
    assert [lines.whole(piece) for piece in (b"a\nb", b"c", b"d\n\ne")] == [b"a\n", b"", b"bcd\n\n"]
    assert lines.rest == b"e"


def test_whole_lines_gives_the_text() -> None:
    assert b"".join(whole_lines(lambda: io.BytesIO(packed(TEXT)))) == TEXT
