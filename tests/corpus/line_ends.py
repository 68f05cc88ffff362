"""Line ends, dots and sizes: what transports and stores stumble over."""

from corpus.sample import Sample, fixed, lines, message

MESSAGE_BYTES = 25 * 1024 * 1024
_COMMANDS = (
    b"MAIL FROM:<evil@street.example>\r\nRCPT TO:<victim@home.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
)
_ENDS = {"lf-dot-lf": b"\n.\n", "lf-dot-crlf": b"\n.\r\n", "crlf-dot-lf": b"\r\n.\n", "crlf-dot-cr": b"\r\n.\r",
         "cr-dot-cr": b"\r.\r", "cr-dot-crlf": b"\r.\r\n", "lf-dot-cr": b"\n.\r", "crlf-dot-crlf": b"\r\n.\r\n",
         "nul-dot": b"\r\n\x00.\r\n", "crlf-nul-dot": b"\r\n.\x00\r\n"}  # fmt: skip


def _smuggling(name: str, end: bytes) -> Sample:
    content = message(b"before" + end + _COMMANDS)
    return fixed(f"smuggle-{name}", f"{end!r} followed by SMTP commands", content)


def _border(at: int) -> Sample:
    """CR is the octet at ``at - 1``, LF the one at ``at``."""
    head = message(b"")
    fill = b"x" * (at - 1 - len(head))
    return fixed(f"crlf-across-{at}", f"a CRLF across offset {at}", head + fill + b"\r\n.\r\nend\r\n")


def largest() -> bytes:
    """Exactly 25 MiB: lines of 78 octets that differ, a few 8-bit, dot lines between."""
    head = message(b"", subject="25 MiB")
    block = (
        b"".join(b"%06d " % number + b"\xe3\x81\x82.~" * 13 + b"....\r\n" for number in range(1000)) + b".\r\n..\r\n"
    )
    body = block * (MESSAGE_BYTES // len(block) + 1)
    return head + body[: MESSAGE_BYTES - len(head) - 2] + b"\r\n"


SAMPLES: tuple[Sample, ...] = (
    *(_smuggling(name, end) for name, end in _ENDS.items()),
    fixed(
        "dot-lines",
        "lines of dots, and lines that begin with one",
        message(b".\r\n..\r\n...\r\n.foo\r\n..bar\r\n. \r\n"),
    ),
    fixed("dot-first", "the body's first octet is a dot", message(b".x\r\n")),
    fixed("dot-last", "the last octet is a dot", message(b"x\r\n.")),
    fixed("dot-in-header", "a header line that begins with a dot", message(b"x\r\n", ".Odd: y")),
    fixed("dot-very-first", "the message begins with a dot", b".Odd: y\r\n\r\nx\r\n"),
    fixed(
        "command-lines",
        "lines that are commands",
        message(lines("QUIT", "RSET", "BDAT 10 LAST", "DATA", ".", "LHLO x")),
    ),
    fixed("reply-lines", "lines that are replies", message(lines("250 OK", "421 4.3.2 closing", "354 go on"))),
    fixed("bare-lf-all", "every line ends with LF", message(b"one\ntwo\n\n.\nthree\n").replace(b"\r\n", b"\n")),
    fixed("bare-lf-body", "LF in the body, CRLF in the headers", message(b"one\ntwo\n.three\n")),
    fixed("bare-lf-header", "one header line ends with LF", message(b"x\r\n", b"X-A: 1\nX-B: 2")),
    fixed("bare-cr-body", "CR alone between lines", message(b"one\rtwo\r.three\rfour\r\n")),
    fixed("bare-cr-header", "CR inside a header value", message(b"x\r\n", b"X-A: 1\rX-B: 2")),
    fixed("bare-cr-all", "every line ends with CR: no header section", message(b"x\r\n").replace(b"\r\n", b"\r")),
    fixed("cr-at-end", "the last octet is a CR", message(b"one\r\ntwo\r")),
    fixed("cr-cr-at-end", "the last two octets are CRs", message(b"one\r\ntwo\r\r")),
    fixed("lf-at-end", "the message ends with a bare LF", message(b"one\r\ntwo\n")),
    fixed("crlf-cr-at-end", "CRLF CR at the end", message(b"one\r\n\r")),
    fixed("cr-crlf", "CR CR LF at line ends", message(b"one\r\r\ntwo\r\r\n")),
    fixed("lf-cr", "LF CR at line ends", message(b"one\n\rtwo\n\r")),
    fixed("crlf-lf", "CRLF LF", message(b"one\r\n\ntwo\r\n\n")),
    fixed("many-cr", "five hundred CRs, then LF", message(b"\r" * 500 + b"\n")),
    fixed("no-final-newline", "no line end at the end", message(b"one\r\ntwo")),
    fixed("blank-lines", "a thousand empty lines", message(b"\r\n" * 1000)),
    fixed("blank-lines-lf", "a thousand bare LFs", message(b"\n" * 1000)),
    fixed("trailing-space", "spaces and tabs before line ends", message(b"one  \r\ntwo\t\r\n \r\n\t\r\n")),
    fixed("form-feeds", "FF, VT, BS, BEL, DEL", message(b"\x0cpage\r\n\x0b\x08\x07\x7f\r\n")),
    fixed("control-z", "SUB (end of file, once)", message(b"before\r\n\x1a\r\nafter\r\n")),
    fixed("line-998", "a line of 998 octets", message(b"x" * 998 + b"\r\n")),
    fixed("line-1000", "a line of 1000 octets", message(b"x" * 1000 + b"\r\ny\r\n")),
    fixed("line-100k", "a line of 100 000 octets", message(b"x" * 100_000 + b"\r\ny\r\n")),
    fixed("line-100k-8bit", "the same, 8-bit with NULs", message(b"\xe3\x81\x82\x00." * 20_000 + b"\r\n")),
    fixed("line-100k-dots", "a line of 100 000 dots", message(b"." * 100_000 + b"\r\n")),
    *(_border(at) for at in (4096, 8192, 65536, 131072, 262144)),
    Sample("size-25-mib", "exactly 25 MiB", largest),
)
