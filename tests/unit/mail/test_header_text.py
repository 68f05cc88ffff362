"""Header fields as people read them, whatever the sender's program did."""

import base64
import encodings
from encodings import aliases

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from machiya.mail.header_text import decode_field, decode_text

NEC_ROW = b"\x1b$B-!-5-j\x1b(B"  # ① Ⅰ ㈱ as Windows programs send them under the label ISO-2022-JP


def b_word(charset: str, raw: bytes) -> bytes:
    return b"=?" + charset.encode() + b"?B?" + base64.b64encode(raw) + b"?="


def split_word(charset: str, raw: bytes, at: int) -> bytes:
    return b_word(charset, raw[:at]) + b"\r\n " + b_word(charset, raw[at:])


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param(b" hello ", "hello", id="plain"),
        pytest.param(b"a\r\n b\r\n\tc", "a b c", id="folded"),
        pytest.param(b"a\n b", "a b", id="folded with bare line feeds"),
        pytest.param("日本語".encode(), "日本語", id="raw UTF-8"),
        pytest.param("日本語".encode("cp932"), "日本語", id="raw cp932"),
        pytest.param("①㈱ﾃｽﾄ".encode("cp932"), "①㈱ﾃｽﾄ", id="raw cp932, vendor rows and half-width kana"),
        pytest.param("日本語".encode("iso-2022-jp") + b" x", "日本語 x", id="raw ISO-2022-JP"),
        pytest.param(b"=?utf-8?B?5pel5pys?=", "日本", id="base64"),
        pytest.param(b"=?UTF-8?q?caf=C3=A9_au_lait?=", "café au lait", id="quoted-printable"),
        pytest.param(b"=?utf-8*ja?B?5pel5pys?=", "日本", id="language suffix (RFC 2231)"),
        pytest.param(b"=?utf-8?B?5pel?= =?utf-8?B?5pys?=", "日本", id="white space between words is none"),
        pytest.param(b"=?utf-8?B?5pel?= x =?utf-8?B?5pys?=", "日 x 本", id="text between words stays"),
        pytest.param(b"Re: =?utf-8?B?5pel?= (x)", "Re: 日 (x)", id="text around words stays"),
        pytest.param(b"Re:=?utf-8?B?5pel?=x", "Re:日x", id="words glued to text are read"),
        pytest.param("日本 =?utf-8?B?5pel?= é".encode(), "日本 日 é", id="raw UTF-8 beside a word"),
        pytest.param("日 ".encode("cp932") + b"=?utf-8?B?5pys?=", "日 本", id="raw cp932 beside a word"),
        pytest.param(b"=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?=", "aé", id="two charsets"),
        pytest.param(b_word("iso-2022-jp", NEC_ROW), "①Ⅰ㈱", id="ISO-2022-JP with NEC row 13"),
        pytest.param(b_word("iso-2022-jp", b"\x1b(I123\x1b(B x"), "ｱｲｳ x", id="ISO-2022-JP with half-width kana"),
        pytest.param(b_word("iso-2022-jp", NEC_ROW + b"\x1b(I1\x1b(B"), "①Ⅰ㈱ｱ", id="both"),
        pytest.param(b_word("cp50220", NEC_ROW), "①Ⅰ㈱", id="CP50220"),
        pytest.param(b_word("shift_jis", "①".encode("cp932")), "①", id="Shift_JIS means cp932"),
        pytest.param(b_word("x-sjis", "①".encode("cp932")), "①", id="x-sjis means cp932"),
        pytest.param(b_word("windows-31j", "①".encode("cp932")), "①", id="windows-31j means cp932"),
        pytest.param(b_word("euc-jp", "日本".encode("euc-jp")), "日本", id="EUC-JP"),
        pytest.param(b_word("x-nobody-knows", "日本".encode()), "日本", id="unknown charset, UTF-8 inside"),
        pytest.param(b_word("x-nobody-knows", "日本".encode("cp932")), "日本", id="unknown charset, cp932 inside"),
        pytest.param(b_word("us-ascii", "日本".encode()), "日本", id="wrong charset"),
        pytest.param(b"=?utf-8?B?5pel5pys", "=?utf-8?B?5pel5pys", id="no end"),
        pytest.param(b"=?utf-8?X?abc?=", "=?utf-8?X?abc?=", id="unknown encoding stays as it is"),
        pytest.param(b"=?utf-8?B?5pel5pys===?=", "日本", id="too much padding"),
        pytest.param(b"=?utf-8?B?5pe l5p!ys?=", "日本", id="characters outside the alphabet"),
        pytest.param(b"=?utf-8?B?5pel5pysa?=", "日本", id="one letter too many"),
        pytest.param(b"=?utf-8?B??= x", "x", id="empty word"),
        pytest.param(b"=?utf-8?Q?a=0D=0Ab=00c=1B[2Jd?=", "a b c [2Jd", id="controls inside a word"),
        pytest.param(b"a\x00b\x07c\x7fd", "a b c d", id="controls outside"),
        pytest.param("a\u202egpj.exe\u2028b".encode(), "a gpj.exe b", id="overrides and line separators"),
        pytest.param(b"a\tb", "a b", id="tab"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_decode_field_reads_what_programs_send(raw: bytes, text: str) -> None:
    assert decode_field(raw) == text


@pytest.mark.parametrize("at", range(len("日本語のメール".encode())))
def test_decode_field_joins_words_cut_inside_a_character(at: int) -> None:
    assert decode_field(split_word("utf-8", "日本語のメール".encode(), at)) == "日本語のメール"


@pytest.mark.parametrize("at", range(len("日本語".encode("cp932"))))
def test_decode_field_joins_words_cut_inside_a_shift_jis_pair(at: int) -> None:
    assert decode_field(split_word("Shift_JIS", "日本語".encode("cp932"), at)) == "日本語"


@pytest.mark.parametrize("character", ["Ⅰ", "㈱", "№", "①", "⑳", "㌔", "㍻", "∪"])
def test_decode_text_reads_each_vendor_character_as_cp932_does(character: str) -> None:
    lead, trail = character.encode("cp932")
    row = (lead - (0xC1 if lead > 0x9F else 0x81)) * 2 + (trail > 0x9E)
    cell = trail - 0x9F if trail > 0x9E else trail - 0x40 - (trail > 0x7F)
    raw = b"\x1b$B" + bytes((row + 0x21, cell + 0x21)) + b"\x1b(B"
    assert decode_text(raw, "iso-2022-jp") == character


# Each of these is a name that Python's codec registry answers with something else than text or a LookupError.
HOSTILE_CHARSETS = [
    "undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "rot13", "hex", "base64", "zlib", "uu",
    "mbcs", "oem", "utf-8\0", "\0", "..", "../x", "os", "a" * 5000, "utf-16", "utf-32", "utf_8_sig", "日本", "\udcff",
]  # fmt: skip


@pytest.mark.parametrize("charset", [name for name in HOSTILE_CHARSETS if len(name) < 100] + ["long"])
@pytest.mark.parametrize("raw", [b"abc", b"\xff\xfe\xd8\x00", b"\\d\\ud800", b"a.\x80." * 40])
def test_decode_text_never_fails_whatever_the_charset_is_called(charset: str, raw: bytes) -> None:
    text = decode_text(raw, "a" * 5000 if charset == "long" else charset)
    assert text
    assert text.encode()


def test_decode_text_replaces_half_of_a_surrogate_pair() -> None:
    assert decode_text(b"a+2AA-b", "utf-7") == "a\ufffdb"


def test_decode_text_replaces_what_nothing_can_read() -> None:
    assert decode_text(b"a\x81") == "a\ufffd"


def test_decode_text_leaves_no_trace_of_unknown_names_in_the_registry() -> None:
    # The registry remembers every name it was asked for, for ever; strangers choose the names.
    assert decode_text(b"abc", "x-made-up-by-a-stranger") == "abc"
    assert not [name for name in encodings._cache if "made_up" in name]


word = st.builds(
    lambda charset, encoding, text: f"=?{charset}?{encoding}?{text}?=".encode("utf-8", "surrogatepass"),
    st.sampled_from(sorted(set(aliases.aliases) | set(HOSTILE_CHARSETS[:12]))) | st.text(max_size=12),
    st.sampled_from("bBqQx"),
    st.text(st.characters(max_codepoint=0xFF), max_size=30),
)


@given(st.lists(st.binary(max_size=30) | word, max_size=6).map(b"".join))
@example(b"=?utf-7?Q?+2AA-?=")
@example(b"=?undefined?Q?x?=")
def test_decode_field_of_anything_is_one_line_that_can_be_written(raw: bytes) -> None:
    text = decode_field(raw)
    assert text.encode() is not None
    assert len(text.splitlines()) <= 1
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in text)


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(0, 160))
def test_decode_field_reads_a_utf_8_text_cut_anywhere(text: str, at: int) -> None:
    assert decode_field(split_word("utf-8", text.encode(), at)) == decode_field(text.encode())
