"""What a field of a form may be sent by somebody who means no good, or whose keyboard is odd. ``ZQ`` marks it as ours.

Raw bytes: a browser sends UTF-8, an attacker what he likes.
"""

TAG = "zq-tag"
ATTRIBUTE = "zq-attribute"
HEADER = "X-Zq-Header"
FACTORS = "1109*1231"
COMPUTED = str(1109 * 1231)

FIELDS: dict[str, bytes] = {
    "crlf": f"a\r\n{HEADER}: zq\r\nSet-Cookie: zq=1\r\n\r\nzq".encode(),
    "line feed": f"a@home.test\n{HEADER}: zq".encode(),
    "nul": b"a\0b",
    "control": bytes(range(1, 9)) + b"\x0b\x0c\x1b[31m\x7f",
    "c1 and separators": "\u0085\u2028\u2029".encode(),
    "right to left": "\u202egnp.exe\u202c\u2066x\u2069".encode(),
    "element": f"<{TAG} {ATTRIBUTE}=1>zq</{TAG}><script>{TAG}()</script>".encode(),
    "attribute": f"\"'><{TAG} {ATTRIBUTE}='1".encode(),
    "inside attribute": f"zq\" {ATTRIBUTE}=1 x='".encode(),
    "script address": b"javascript:zq()//",
    "comment": f"--><{TAG}>]]><!--".encode(),
    "sql": b"x'; DROP TABLE mailboxes; --",
    "sql or": b"' OR '1'='1",
    "template": ("{{" + FACTORS + "}}{% for x in y %}${" + FACTORS + "}#{" + FACTORS + "}").encode(),
    "format": b"%s%n{0}{__class__}%(x)s",
    "path": b"../../../../etc/passwd",
    "encoded path": b"..%2f..%2fetc%2fpasswd",
    "backslashes": b"..\\..\\windows\\win.ini",
    "shell": b"$(id)`id`;id|id&id>/tmp/zq",
    "long": b"a" * 70_000,
    "many lines": b"zq\r\n" * 5_000,
    "emoji": "👩‍👩‍👧‍👦🏯\U0010ffff".encode(),
    "combining": ("e" + "\u0301" * 500).encode(),
    "full width": "ｙｏｕ＠ｈｏｍｅ．ｔｅｓｔ".encode(),
    "lone surrogate": b"a\xed\xa0\x80b",
    "not utf-8": b"\xff\xfe\x80",
    "overlong": b"\xc0\xaf\xc0\xae",
    "empty": b"",
    "blank": b" \t ",
    "number": b"-99999999999999999999999",
    "not a number": b"NaN",
    "other digits": "１２３".encode(),
    "date": b"9999-99-99",
    "far date": b"0000-00-00",
    "list": b"you@home.test,other@home.test;third@home.test",
}
