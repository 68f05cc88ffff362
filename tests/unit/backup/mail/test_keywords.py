"""Keywords between folders that give them different letters."""

from machiya.backup.mail.keywords import KeywordTable, read_keywords, write_keywords


def test_read_keywords_passes_over_what_is_none() -> None:
    assert read_keywords(b"0 $Label1\n2 Mine\nx y\n99 far\n3\n\xff\n") == ("$Label1", "", "Mine")
    assert read_keywords(b"") == ()


def test_write_keywords_is_what_read_keywords_reads() -> None:
    names = ("a", "", "c")
    assert write_keywords(names) == b"0 a\n2 c\n"
    assert read_keywords(write_keywords(names)) == names


def test_letters_for_keeps_flags_and_maps_keywords_by_name() -> None:
    table = KeywordTable(("x", "y"), new=False)
    assert table.letters_for("STFa", ("y",)) == ("FSb", ())
    assert table.letters_for("ab", ("z",)) == ("", ("z", "b"))


def test_letters_for_lets_a_new_folder_learn_until_its_letters_end() -> None:
    table = KeywordTable((), new=True)
    names = tuple(f"k{index}" for index in range(26))
    assert table.letters_for("za", names) == ("ab", ())
    assert table.names == ["k0", "k25"]
    table.letters_for("".join(map(chr, range(97, 123))), names)
    assert table.letters_for("a", ("one too many",)) == ("", ("one too many",))
