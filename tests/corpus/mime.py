"""MIME: what mail programs send, and what broken ones do."""

import base64
import quopri
import zlib

from corpus.sample import CRLF, Sample, fixed, lines, message, multipart, part

_BINARY = bytes(range(256)) * 8
_BASE64 = base64.encodebytes(_BINARY).replace(b"\n", CRLF)
_TEXT = part("text/plain; charset=utf-8", "本文です。\r\n".encode(), "Content-Transfer-Encoding: 8bit")
_HTML = part("text/html; charset=utf-8", "<p>本文です。</p>\r\n".encode(), "Content-Transfer-Encoding: 8bit")
_QUOTED = part(
    "text/plain; charset=utf-8",
    quopri.encodestring("長い行。".encode() * 20).replace(b"\n", CRLF) + CRLF,
    "Content-Transfer-Encoding: quoted-printable",
)


def _attached(content_type: str, disposition: str, body: bytes = _BASE64, encoding: str = "base64") -> bytes:
    return part(
        content_type, body, f"Content-Transfer-Encoding: {encoding}", f"Content-Disposition: attachment; {disposition}"
    )


def _nested(depth: int) -> bytes:
    """A multipart in a multipart, ``depth`` times."""
    body = part("text/plain", b"the innermost\r\n")
    for level in range(depth):
        edge = f"--level{level}".encode()
        body = part(f'multipart/mixed; boundary="level{level}"', edge + CRLF + body + CRLF + edge + b"--" + CRLF)
    return lines("From: a@street.example", "MIME-Version: 1.0") + body


def _signed(protocol: str, signature: bytes) -> bytes:
    """The signed part has what signatures die of: trailing spaces, a dot line, "From "."""
    signed = part("text/plain; charset=us-ascii", b"Trailing  \r\n.\r\nFrom here on\r\n-- \r\nsig \r\n")
    return multipart(f'multipart/signed; micalg=sha-256; protocol="{protocol}"', "signed", signed, signature)


_REPORT = lines(
    "Reporting-MTA: dns; mx.street.example", "", "Final-Recipient: rfc822; nobody@street.example", "Action: failed",
    "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 unknown",
)  # fmt: skip
_INVITE = lines(
    "BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REQUEST", "BEGIN:VEVENT", "UID:corpus@street.example",
    "DTSTART;TZID=Asia/Tokyo:20261124T100000", "SUMMARY:打ち合わせ", "DESCRIPTION:line\\nfolded here and", "  there",
    "END:VEVENT", "END:VCALENDAR",
)  # fmt: skip
_PGP_INLINE = lines(
    "-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA256", "", "- -- ", "- From", "-----BEGIN PGP SIGNATURE-----", "",
    "iQ==", "-----END PGP SIGNATURE-----",
)  # fmt: skip

SAMPLES: tuple[Sample, ...] = (
    fixed(
        "alternative-quoted-printable", "text in two forms, QP", multipart("multipart/alternative", "a", _QUOTED, _HTML)
    ),
    fixed(
        "attachment-base64",
        "a base64 attachment",
        multipart("multipart/mixed", "m", _TEXT, _attached("application/pdf", "filename=a.pdf")),
    ),
    fixed(
        "filename-rfc2231",
        "a file name in RFC 2231 pieces",
        multipart(
            "multipart/mixed",
            "m",
            _TEXT,
            _attached(
                "application/octet-stream",
                "filename*0*=utf-8'ja'%E8%AB%8B;\r\n filename*1*=%E6%B1%82;\r\n filename*2=.pdf",
            ),
        ),
    ),
    fixed(
        "filename-raw-cp932",
        "a file name in raw Shift_JIS",
        multipart("multipart/mixed", "m", _TEXT, _attached("text/csv", 'filename="@@"')).replace(
            b"@@", "請求書.csv".encode("cp932")
        ),
    ),
    fixed(
        "filename-encoded-word",
        "a file name as an encoded word (not allowed, common)",
        multipart("multipart/mixed", "m", _TEXT, _attached("text/csv", 'filename="=?UTF-8?B?6KuL5rGC5pu4LmNzdg==?="')),
    ),
    fixed("nested-five", "multiparts five deep", _nested(5)),
    fixed("nested-eighty", "multiparts eighty deep", _nested(80)),
    fixed(
        "boundary-never-closed", "no closing boundary", multipart("multipart/mixed", "open", _TEXT, _HTML, end=False)
    ),
    fixed(
        "boundary-missing",
        "multipart without a boundary parameter",
        message(b"--x\r\n\r\na\r\n--x--\r\n", "Content-Type: multipart/mixed"),
    ),
    fixed(
        "boundary-prefix",
        "one boundary is the beginning of another",
        multipart("multipart/mixed", "b", part('multipart/alternative; boundary="bb"', b"--bb\r\n\r\na\r\n--bb--\r\n")),
    ),
    fixed(
        "boundary-never-used",
        "the boundary does not occur",
        message(b"nothing\r\n", 'Content-Type: multipart/mixed; boundary="never"'),
    ),
    fixed(
        "boundary-dots",
        "a boundary that begins its line with a dot inside",
        multipart("multipart/mixed", ".dot.", _TEXT),
    ),
    fixed(
        "preamble-epilogue",
        "text before and after the parts",
        multipart("multipart/mixed", "p", _TEXT, preamble=b"This is MIME.\r\n") + b"epilogue\r\n",
    ),
    fixed(
        "rfc822-attached",
        "a whole message inside",
        multipart("multipart/mixed", "r", _TEXT, part("message/rfc822", message(b".\r\ninner\r\n"))),
    ),
    fixed(
        "rfc822-partial",
        "message/partial",
        message(b"half a message", "Content-Type: message/partial; id=x; number=1; total=2"),
    ),
    fixed(
        "external-body",
        "message/external-body",
        message(
            b"Content-Type: text/plain\r\n\r\n", "Content-Type: message/external-body; access-type=local-file; name=x"
        ),
    ),
    fixed(
        "delivery-status",
        "a bounce",
        multipart(
            "multipart/report; report-type=delivery-status",
            "d",
            _TEXT,
            part("message/delivery-status", _REPORT),
            part("text/rfc822-headers", lines("Subject: x")),
        ),
    ),
    fixed(
        "disposition-notification",
        "a read receipt",
        multipart(
            "multipart/report; report-type=disposition-notification",
            "d",
            _TEXT,
            part("message/disposition-notification", lines("Disposition: manual-action/MDN-sent-manually; displayed")),
        ),
    ),
    fixed(
        "smime-signed",
        "S/MIME clear-signed",
        _signed(
            "application/pkcs7-signature",
            _attached("application/pkcs7-signature; name=smime.p7s", "filename=smime.p7s"),
        ),
    ),
    fixed(
        "smime-enveloped",
        "S/MIME encrypted",
        message(
            _BASE64,
            'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
            "Content-Transfer-Encoding: base64",
        ),
    ),
    fixed(
        "pgp-signed",
        "PGP/MIME signed",
        _signed(
            "application/pgp-signature",
            part(
                "application/pgp-signature",
                b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQ==\r\n=abcd\r\n-----END PGP SIGNATURE-----\r\n",
            ),
        ),
    ),
    fixed(
        "pgp-inline",
        "PGP in the text, dash-escaped",
        message(_PGP_INLINE),
    ),
    fixed(
        "format-flowed",
        "soft line ends are trailing spaces",
        message(
            b"soft \r\nline \r\n>> quoted \r\n From\r\n-- \r\n", "Content-Type: text/plain; format=flowed; delsp=yes"
        ),
    ),
    fixed(
        "calendar-invite",
        "an invitation",
        multipart(
            "multipart/alternative",
            "c",
            _TEXT,
            part("text/calendar; method=REQUEST; charset=utf-8", _INVITE, "Content-Transfer-Encoding: 8bit"),
        ),
    ),
    fixed(
        "tnef",
        "winmail.dat, raw binary",
        multipart(
            "multipart/mixed",
            "t",
            _TEXT,
            _attached(
                "application/ms-tnef; name=winmail.dat",
                "filename=winmail.dat",
                b"\x78\x9f\x3e\x22\x01\x00\x01" + _BINARY,
                "binary",
            ),
        ),
    ),
    fixed(
        "binary-part",
        "Content-Transfer-Encoding binary with NUL, CR and LF",
        multipart(
            "multipart/mixed",
            "n",
            _attached("image/png", "filename=a.png", b"\x89PNG\r\n\x1a\n\x00\x00" + _BINARY, "binary"),
        ),
    ),
    fixed(
        "deflated-binary",
        "compressed octets, binary",
        message(zlib.compress(_BINARY * 50, 9), "Content-Transfer-Encoding: binary", "Content-Type: application/zlib"),
    ),
    fixed(
        "related-image",
        "HTML with an inline image",
        multipart(
            "multipart/related",
            "i",
            _HTML,
            part("image/gif", _BASE64, "Content-ID: <1@x>", "Content-Transfer-Encoding: base64"),
        ),
    ),
    fixed(
        "html-only",
        "HTML alone, one long line",
        message(b"<html><body>" + b"<b>x</b>" * 2000 + b"</body></html>", "Content-Type: text/html"),
    ),
    fixed("uuencoded", "uuencode in the text", message(b"begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n")),
    fixed(
        "yenc",
        "yEnc: 8-bit with dots and NUL-like escapes",
        message(b"=ybegin line=128 size=8 name=x\r\n.\x8e\x9f=}=J\xff\x01\r\n=yend size=8\r\n"),
    ),
    fixed(
        "quoted-printable-soft-end",
        "QP that ends with a soft line break",
        message(b"caf=E9=\r\n", "Content-Transfer-Encoding: quoted-printable"),
    ),
    fixed(
        "base64-broken",
        "base64 with rubbish in it",
        message(b"AAAA!!??\r\n=A==\r\n", "Content-Transfer-Encoding: base64"),
    ),
    fixed(
        "content-type-repeated",
        "two Content-Type fields",
        message(b"x\r\n", "Content-Type: text/plain", "Content-Type: text/html"),
    ),
)
