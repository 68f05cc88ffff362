"""Header fields as people read them, whatever the sender's program did to them."""

import base64
import binascii
import re
from collections.abc import Iterator
from encodings import normalize_encoding
from encodings.aliases import aliases
from itertools import groupby

_ISO_2022_JP_KANJI = re.compile(rb"\x1b\$[@B](.*?)(?=\x1b|$)", re.DOTALL)
_ISO_2022_JP_KANA = re.compile(rb"\x1b\(I(.*?)(?=\x1b|$)", re.DOTALL)
_ISO_2022_JP_ESCAPE = re.compile(rb"\x1b[($][A-Z@]")
_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([BbQq])\?([^?]*)\?=")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_UNFOLD = re.compile(r"\r?\n(?=[ \t])")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# Names Python knows as they stand in its table: asking the codec registry instead would let a stranger's message
# import modules, and fill the registry's cache with names that are none.
_CODECS = {**{codec: codec for codec in aliases.values()}, **aliases}
_BETTER = {"iso2022_jp": "jis", "cp50220": "jis", "cp50221": "jis", "shift_jis": "cp932", "x_sjis": "cp932"}
_FALLBACKS = ("utf_8", "cp932")


def decode_text(raw: bytes, charset: str | None = None) -> str:
    """Bytes of a header or body as text; never fails: what cannot be read becomes U+FFFD.

    Without a charset (or with one that does not fit) ISO-2022-JP is tried where its escapes stand, then UTF-8, then
    cp932, the usual unlabelled Japanese.
    """
    declared = _codec(charset or "")
    escaped = "jis" if b"\x1b$" in raw else ""
    for codec in (declared, escaped, *_FALLBACKS):
        if codec:
            try:
                return _without_surrogates(_decode(raw, codec))
            except (ValueError, LookupError):  # LookupError: a codec that is none for text, like base64
                continue
    return raw.decode("utf_8", "replace")


def _codec(charset: str) -> str:
    """Python's name of a charset, empty if there is none."""
    name = normalize_encoding(charset).lower()
    return _BETTER.get(_CODECS.get(name, name)) or _CODECS.get(name, "")


def _without_surrogates(text: str) -> str:
    """UTF-7 can spell half of a pair, which no database and no terminal takes."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def _decode(raw: bytes, codec: str) -> str:
    return _decode_iso_2022_jp(raw) if codec == "jis" else raw.decode(codec)


def _decode_iso_2022_jp(raw: bytes) -> str:
    """With half-width kana and the vendor rows (①, Ⅳ, ㈱) that are sent under this label, as cp932 maps them."""
    try:
        return raw.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        shifted = _ISO_2022_JP_KANJI.sub(lambda kanji: _to_shift_jis(kanji[1]), raw)
        shifted = _ISO_2022_JP_KANA.sub(lambda kana: bytes(byte | 0x80 for byte in kana[1]), shifted)
        return _ISO_2022_JP_ESCAPE.sub(b"", shifted).decode("cp932")


def _to_shift_jis(kanji: bytes) -> bytes:
    """JIS X 0208 pairs (seven bits each) as Shift_JIS pairs."""
    return b"".join(_pair_to_shift_jis(kanji[i], kanji[i + 1]) for i in range(0, len(kanji) - 1, 2))


def _pair_to_shift_jis(high: int, low: int) -> bytes:
    row = high - 0x21
    cell = low - 0x21
    lead = row // 2 + (0x81 if row < 62 else 0xC1)  # noqa: PLR2004 – Shift_JIS skips 0xA0–0xDF after row 62
    trail = cell + (0x9F if row % 2 else 0x40)
    if not row % 2 and trail >= 0x7F:  # noqa: PLR2004 – Shift_JIS has no trail byte 0x7F
        trail += 1
    return bytes((lead & 0xFF, trail & 0xFF))


def decode_field(raw: bytes) -> str:
    """A raw header field's body as one line of text, encoded words decoded (RFC 2047), controls removed."""
    unfolded = _UNFOLD.sub("", decode_text(raw.strip()))
    if "=?" in unfolded:
        unfolded = _decode_words(unfolded)
    return _CONTROLS.sub(" ", unfolded.replace("\t", " ")).strip()


def _decode_words(text: str) -> str:
    """Neighbours of one charset are joined as bytes: many programs cut inside a character."""
    runs = groupby(_pieces(text), key=lambda piece: piece[0])
    return "".join(decode_text(b"".join(raw for _, raw in run), charset) for charset, run in runs)


def _pieces(text: str) -> Iterator[tuple[str, bytes]]:
    """Charset and bytes of each encoded word and of the text around them; white space between words is none."""
    end = 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        if between and not (end and between.isspace()):
            yield "utf-8", between.encode()
        yield word[1].lower(), _word_bytes(word[2], word[3])
        end = word.end()
    yield "utf-8", text[end:].encode()


def _word_bytes(encoding: str, encoded: str) -> bytes:
    """What can be read of it; never fails."""
    if encoding in "Qq":
        return binascii.a2b_qp(encoded.encode(), header=True)
    letters = _NOT_BASE64.sub("", encoded)
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(whole + "=" * (-len(whole) % 4))
