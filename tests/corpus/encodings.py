"""Character sets: right, wrong and raw."""

import base64

from corpus.sample import Sample, fixed, lines, message

_CIRCLED_ONE = b"\x1b$B-!\x1b(B"
_JAPANESE = "表示の不具合（ソ・能・十）について、至急ご確認ください。"


def _typed(charset: str, body: bytes, subject: bytes | str = "charset", encoding: str = "8bit") -> bytes:
    headers = (
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset}",
        f"Content-Transfer-Encoding: {encoding}",
    )
    return message(body, *headers, subject=subject)


def _raw(charset: str, codec: str, text: str = _JAPANESE) -> bytes:
    """Subject, display name and body in ``codec``, none of them encoded for transport."""
    words = text.encode(codec)
    return _typed(charset, words + b"\r\n", subject=words)


def _split_word(text: str, at: int) -> str:
    """Two encoded words whose border is inside a character."""
    octets = text.encode()
    first, second = (base64.b64encode(piece).decode() for piece in (octets[:at], octets[at:]))
    return f"=?UTF-8?B?{first}?=\r\n =?UTF-8?B?{second}?="


SAMPLES: tuple[Sample, ...] = (
    fixed("ascii-plain", "nothing special", message(b"Hello.\r\n")),
    fixed("nul-in-body", "NUL octets in the body", message(b"a\x00b\r\n\x00\x00\r\nc\x00\r\n")),
    fixed("nul-in-header", "a NUL in a header value", message(b"x\r\n", b"X-Odd: a\x00b")),
    fixed("every-octet", "all 256 octets, CR and LF apart", message(bytes(range(256)) + b"\r\n")),
    fixed("every-octet-reversed", "all 256 octets backwards", message(bytes(range(255, -1, -1)) + b"\r\n")),
    fixed("latin1-raw-headers", "8-bit ISO-8859-1 in headers", message(b"x\r\n", b"X-Name: J\xf6rg M\xfcller")),
    fixed("cp932-raw", "Shift_JIS (cp932) raw in Subject and body", _raw("Shift_JIS", "cp932")),
    fixed(
        "cp932-backslash-octet", "second octets 0x5C and 0x2E-like", _raw("Shift_JIS", "cp932", "ソース表能予十貼①㈱")
    ),
    fixed("euc-jp-raw", "EUC-JP raw in Subject and body", _raw("EUC-JP", "euc_jp")),
    fixed("iso-2022-jp", "seven-bit Japanese with escapes", _raw("ISO-2022-JP", "iso2022_jp")),
    fixed(
        "iso-2022-jp-circled-one",
        "NEC row 13 (CP50220) labelled ISO-2022-JP",
        _typed("ISO-2022-JP", b"No." + _CIRCLED_ONE + b"\r\n", subject=_CIRCLED_ONE, encoding="7bit"),
    ),
    fixed(
        "iso-2022-jp-half-width",
        "half-width katakana by ESC ( I",
        _typed("ISO-2022-JP", b"\x1b(I6@6E\x1b(B\r\n", encoding="7bit"),
    ),
    fixed("iso-2022-jp-unclosed", "the line ends inside the escape", _typed("ISO-2022-JP", b'\x1b$B$"\r\nplain\r\n')),
    fixed(
        "iso-2022-jp-dot", "a shifted line that begins with a dot", _typed("ISO-2022-JP", b"\x1b$B\r\n.!\r\n\x1b(B\r\n")
    ),
    fixed("utf8-everything", "UTF-8 raw everywhere", _raw("UTF-8", "utf-8")),
    fixed("utf8-bom-body", "a byte order mark opens the body", _typed("UTF-8", b"\xef\xbb\xbfhello\r\n")),
    fixed("utf8-bom-first", "a byte order mark before the first header", b"\xef\xbb\xbf" + message(b"x\r\n")),
    fixed("utf8-invalid", "octets that are no UTF-8", _typed("UTF-8", b"\xff\xfe\xc0\x80\xed\xa0\x80\r\n")),
    fixed("utf16-raw", "UTF-16 raw: NULs, and LF octets inside", _typed("UTF-16LE", "ਊab\r\n".encode("utf-16-le"))),
    fixed("utf7", "UTF-7", _typed("UTF-7", b"+MEIwRDBG-\r\n", encoding="7bit")),
    fixed("gb18030", "GB18030 raw", _raw("GB18030", "gb18030", "简体中文邮件测试")),
    fixed("koi8-r", "KOI8-R raw", _raw("KOI8-R", "koi8_r", "Привет, это письмо")),
    fixed("windows-1252-mislabelled", "cp1252 called ISO-8859-1", _typed("iso-8859-1", b"\x93quoted\x94 \x80 5\r\n")),
    fixed("charset-unknown", "a charset nobody knows", _typed("x-moon-rabbit", b"\xa4\xa4\r\n")),
    fixed(
        "emoji-joined",
        "emoji joined by ZWJ, flags, skin tones",
        _raw("UTF-8", "utf-8", "👩\u200d👩\u200d👧\u200d👦 🇯🇵 👍🏽 ❤️"),
    ),
    fixed(
        "right-to-left",
        "Hebrew and Arabic with direction marks",
        _raw("UTF-8", "utf-8", "\u200fשלום\u200e \u202eمرحبا\u202c!"),
    ),
    fixed("combining-marks", "decomposed kana and stacked marks", _raw("UTF-8", "utf-8", "か\u3099 Z͑ͫ̓ͪ̂ͫ")),
    fixed("mixed-charset-header", "two charsets in one field", message(b"x\r\n", subject=b"\x82\xa0 \xe3\x81\x82")),
    fixed(
        "encoded-word-split",
        "encoded words broken inside a character",
        message(b"x\r\n", subject=_split_word("日本語", 4)),
    ),
    fixed(
        "encoded-word-long",
        "a subject of forty encoded words",
        message(b"x\r\n", subject="\r\n ".join(["=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?="] * 40)),
    ),
    fixed(
        "encoded-word-broken",
        "encoded words that do not end",
        message(b"x\r\n", subject="=?UTF-8?B?44GC =?x?Q?=ZZ?= ?="),
    ),
    fixed(
        "escape-sequences", "text that would drive a terminal", _typed("UTF-8", b"\x1b[2J\x1b]0;title\x07\x9b31m\r\n")
    ),
    fixed(
        "smtputf8-addresses",
        "addresses and headers of RFC 6532",
        lines("From: 花子 <花子@通り.example>", "To: 太郎@home.test", "Subject: こんにちは")
        + b"\r\n"
        + "本文\r\n".encode(),
    ),
    fixed("idn-a-labels", "IDN as A-labels", message(b"x\r\n", "Reply-To: a@xn--wgv71a119e.example")),
    fixed("idn-u-labels", "IDN as U-labels", message(b"x\r\n", "Reply-To: a@日本語.example")),
)
