"""Header sections: none, odd, enormous."""

from corpus.sample import Sample, fixed, lines, message

_RECEIVED = [
    f"Received: from a{n}.street.example by b{n}.street.example; Mon, 23 Nov 2026 10:00:00 +0900" for n in range(30)
]

SAMPLES: tuple[Sample, ...] = (
    fixed("empty-body", "headers, the empty line, nothing", message(b"")),
    fixed("headers-only", "no empty line after the headers", lines("From: a@street.example", "Subject: x")),
    fixed("headers-only-unended", "the last header has no line end", b"From: a@street.example\r\nSubject: x"),
    fixed("no-headers", "begins with the empty line", b"\r\nbody\r\n"),
    fixed("no-headers-lf", "begins with a bare LF", b"\nbody\r\n"),
    fixed("text-only", "no header syntax at all", b"just some text\r\nand more\r\n"),
    fixed("only-crlf", "one CRLF", b"\r\n"),
    fixed("only-lf", "one LF", b"\n"),
    fixed("only-cr", "one CR", b"\r"),
    fixed("only-dot", "one dot", b"."),
    fixed("only-dot-line", "a dot line", b".\r\n"),
    fixed("one-octet", "one letter", b"x"),
    fixed("only-nul", "one NUL", b"\x00"),
    fixed("nothing", "no octet at all", b""),
    fixed(
        "mbox-from-first",
        "an mbox separator first",
        b"From a@street.example Mon Nov 23 10:00:00 2026\r\n" + message(b"x\r\n"),
    ),
    fixed("mbox-from-quoted-first", ">From first", b">From a@street.example Mon Nov 23\r\n" + message(b"x\r\n")),
    fixed(
        "mbox-from-within", "lines that begin with From", message(b"From here\r\n\r\nFrom there\r\n>From quoted\r\n")
    ),
    fixed("folding-tabs", "folding by tabs and many spaces", message(b"x\r\n", "X-Folded: a\r\n\tb\r\n          c")),
    fixed("folding-blank", "a fold of blanks only", message(b"x\r\n", "X-Folded: a\r\n \r\n\t\r\n b")),
    fixed("folding-first", "the first line is a continuation", b" continued\r\n" + message(b"x\r\n")),
    fixed("folding-before-value", "the value begins on the next line", message(b"x\r\n", "X-Folded:\r\n value")),
    fixed("space-before-colon", "a blank before the colon", message(b"x\r\n", "X-Spaced : y")),
    fixed("no-colon", "a header line without a colon", message(b"x\r\n", "this is no header")),
    fixed("no-name", "a header line that is only a colon", message(b"x\r\n", ": y", ":")),
    fixed("name-8bit", "a header name beyond ASCII", message(b"x\r\n", "件名: y".encode("cp932"))),
    fixed(
        "duplicate-headers",
        "Subject, From and To twice",
        message(b"x\r\n", "Subject: again", "From: b@c.example", "To: x@y.example"),
    ),
    fixed("no-message-id", "no Message-ID, no Date", lines("From: a@street.example", "") + b"x\r\n"),
    fixed("two-message-ids", "two Message-IDs", message(b"x\r\n", "Message-ID: <second@street.example>")),
    fixed("message-id-odd", "a Message-ID with blanks and no brackets", message(b"x\r\n", "Message-ID: what is this")),
    fixed(
        "header-lower-case",
        "all names in lower case",
        message(b"x\r\n").replace(b"Subject", b"subject").replace(b"From", b"from"),
    ),
    fixed("header-long-line", "a header line of 20 000 octets", message(b"x\r\n", "X-Long: " + "y" * 20_000)),
    fixed(
        "header-huge", "a header section of 200 kB", message(b"x\r\n", *(f"X-{n}: {'z' * 190}" for n in range(1000)))
    ),
    fixed("header-many", "five thousand header lines", message(b"x\r\n", *(f"X-{n}: y" for n in range(5000)))),
    fixed(
        "recipients-many",
        "a To of 2 000 addresses",
        message(b"x\r\n", "Cc: " + ",\r\n ".join(f"a{n}@street.example" for n in range(2000))),
    ),
    fixed("received-thirty", "thirty hops", lines(*_RECEIVED) + message(b"x\r\n")),
    fixed(
        "bcc-only",
        "no visible recipient",
        lines("From: a@street.example", "Bcc: taro@home.test", "Subject: x", "") + b"x\r\n",
    ),
    fixed(
        "return-path-present",
        "Return-Path and Delivered-To are there already",
        lines("Return-Path: <forged@street.example>", "Delivered-To: other@home.test") + message(b"x\r\n"),
    ),
    fixed(
        "status-headers",
        "fields that mbox readers trust",
        message(b"x\r\n", "Status: RO", "X-Status: D", "X-UID: 7", "Content-Length: 999999", "X-Keywords: z"),
    ),
    fixed(
        "signature-fields",
        "DKIM and ARC",
        message(
            b"x\r\n",
            "DKIM-Signature: v=1; a=rsa-sha256; d=street.example;\r\n\th=from:to; bh=AA==;\r\n\tb=BB==",
            "ARC-Seal: i=1; cv=none; b=CC==",
        ),
    ),
    fixed(
        "list-fields",
        "a mailing list's fields",
        message(
            b"x\r\n", "List-Id: <l.street.example>", "List-Unsubscribe: <mailto:u@street.example>", "Precedence: bulk"
        ),
    ),
    fixed(
        "resent-fields",
        "resent by hand",
        lines("Resent-From: b@street.example", "Resent-To: taro@home.test") + message(b"x\r\n"),
    ),
    fixed(
        "group-address",
        "group syntax and comments",
        message(b"x\r\n", "Cc: undisclosed-recipients:;, (comment (nested)) a@street.example"),
    ),
    fixed(
        "auto-submitted",
        "an automatic answer",
        message(b"x\r\n", "Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"),
    ),
    fixed(
        "spam-fields", "fields a filter would write", message(b"x\r\n", "X-Spam: Yes", "X-Spam-Status: Yes, score=99")
    ),
)
