import pytest

from machiya.entrypoints.front_door.paths import PATH_OCTETS, Path, parse_path


@pytest.mark.parametrize(
    ("argument", "address", "parameters"),
    [
        ("<taro@example.jp>", "taro@example.jp", ""),
        ("<>", "<>", ""),
        ("<> BODY=8BITMIME", "<>", "BODY=8BITMIME"),
        ("<TARO@Example.JP> SIZE=12 SMTPUTF8", "TARO@Example.JP", "SIZE=12 SMTPUTF8"),
        ("taro@example.jp", "taro@example.jp", ""),
        ("taro@example.jp SIZE=1", "taro@example.jp", "SIZE=1"),
        ('<"a b"@example.jp>', '"a b"@example.jp', ""),
        ('<"a>b"@example.jp> SIZE=1', '"a>b"@example.jp', "SIZE=1"),
        ('<"a\\"b"@example.jp>', '"a\\"b"@example.jp', ""),
        ("<@one.example,@two.example:taro@example.jp>", "taro@example.jp", ""),
        ("<用户@例え.jp>", "用户@例え.jp", ""),
        ("<taro@[192.0.2.1]>", "taro@[192.0.2.1]", ""),
        ("<postmaster>", "postmaster", ""),
        ("<taro(comment)@example.jp>", "taro(comment)@example.jp", ""),
    ],
)
def test_parse_path_keeps_the_address_as_it_was_sent(argument: str, address: str, parameters: str) -> None:
    assert parse_path(argument) == Path(address, parameters)


@pytest.mark.parametrize(
    "argument",
    [
        "",
        "<",
        ">",
        "<<>>",
        "<a@b",
        "<a@b>junk",
        "<a b@c>",
        "<a\x00@b>",
        "<a@b\r>",
        "<a@b> SIZE\x7f",
        "<\udcff@example.jp>",
        '<"open@example.jp>',
        "<" + "a" * (PATH_OCTETS + 1) + ">",
        "<" + "あ" * (PATH_OCTETS // 3 + 1) + ">",
    ],
)
def test_parse_path_refuses_what_no_envelope_can_carry(argument: str) -> None:
    assert parse_path(argument) is None
