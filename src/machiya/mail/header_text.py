"""Header fields as people read them, whatever the sender's program did to them."""

import re
from email.errors import HeaderParseError
from email.header import decode_header

_ISO_2022_JP_KANJI = re.compile(rb"\x1b\$[@B](.*?)(?=\x1b|$)", re.DOTALL)
_ISO_2022_JP_ESCAPE = re.compile(rb"\x1b[($][A-Z@]")
_UNFOLD = re.compile(r"\r?\n(?=[ \t])")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]+")
_FALLBACKS = ("utf-8", "cp932")


def decode_text(raw: bytes, charset: str | None = None) -> str:
    """Bytes of a header or body as text; never fails: what cannot be read becomes U+FFFD.

    Without a charset (or with one that does not fit) UTF-8 is tried, then cp932, the usual unlabelled Japanese.
    """
    for candidate in (charset, *_FALLBACKS):
        if candidate:
            try:
                return _decode(raw, candidate.lower())
            except (UnicodeDecodeError, LookupError):
                continue
    return raw.decode(_known(charset), "replace")


def _decode(raw: bytes, charset: str) -> str:
    if charset in {"iso-2022-jp", "cp50220", "cp50221"}:
        return _decode_iso_2022_jp(raw)
    return raw.decode({"shift_jis": "cp932", "euc-jp": "eucjp"}.get(charset, charset))


def _decode_iso_2022_jp(raw: bytes) -> str:
    """With the vendor rows (①, Ⅳ, ㈱) that mail programs send under this label, as cp932 maps them."""
    try:
        return raw.decode("iso-2022-jp")
    except UnicodeDecodeError:
        shifted = _ISO_2022_JP_KANJI.sub(lambda kanji: _to_shift_jis(kanji[1]), raw)
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


def _known(charset: str | None) -> str:
    try:
        "".encode(charset or "utf-8")
    except LookupError:
        return "utf-8"
    return charset or "utf-8"


def decode_field(raw: bytes) -> str:
    """A raw header field's body as one line of text, encoded words decoded (RFC 2047), controls removed."""
    unfolded = _UNFOLD.sub("", decode_text(raw.strip()))
    if "=?" in unfolded:
        unfolded = _decode_words(unfolded)
    return _CONTROLS.sub(" ", unfolded.replace("\t", " ")).strip()


def _decode_words(text: str) -> str:
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(
        part if isinstance(part, str) else decode_text(part, charset) if charset else part.decode("utf-8", "replace")
        for part, charset in parts
    )
