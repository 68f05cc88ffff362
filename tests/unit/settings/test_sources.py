from pathlib import Path

import pyrage
import pytest

from machiya.settings.sources import Found, lines_of, read_sources

NOTHING: dict[str, str] = {}


def read(house: Path, text: str) -> Found:
    (house / "machiya.toml").write_text(text, encoding="utf-8")
    return read_sources(house, NOTHING)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[mail]\nstore \n", "machiya.toml:2:7: "),
        ('[mail]\nstore = "x\n', "machiya.toml:2:"),
        ("[mail]\n[mail]\n", "machiya.toml:2:"),
        ("a = 1\n= 2\n", "machiya.toml:2:1: "),
        ("[mail\n", "machiya.toml:1:6: "),
        ("[mail]\nx = [1,\n", "machiya.toml:3:1: "),
    ],
)
def test_read_sources_tells_line_and_column_of_broken_toml(tmp_path: Path, text: str, where: str) -> None:
    (mistake,) = read(tmp_path, text).mistakes
    assert mistake.startswith(where)
    assert mistake.removeprefix(where).strip()


def test_read_sources_refuses_secrets_in_the_file_without_repeating_them(tmp_path: Path) -> None:
    found = read(tmp_path, '[mail]\n[secrets]\nedge_signing_key = "hunter2"\n')
    assert found.mistakes == ["secrets: no secret belongs into this file; use machiya secret set NAME (machiya.toml:2)"]
    assert "hunter2" not in repr(found)


def test_read_sources_refuses_a_section_that_is_a_value(tmp_path: Path) -> None:
    assert read(tmp_path, "mail = 3\n").mistakes == [
        "mail: is a section; write [mail] and its settings below it (machiya.toml:1)"
    ]


def test_read_sources_refuses_an_unknown_section_without_a_guess_where_none_is_near(tmp_path: Path) -> None:
    assert read(tmp_path, "[zzz]\n").mistakes == ["zzz: there is no such section (machiya.toml:1)"]


def test_read_sources_refuses_what_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "machiya.toml").write_bytes(b'[house]\nhostname = "\x83}"\n')
    assert read_sources(tmp_path, NOTHING).mistakes == ["machiya.toml: not UTF-8 text (byte 20); save it as UTF-8"]


def test_read_sources_refuses_a_configuration_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "machiya.toml").mkdir()
    assert read_sources(tmp_path, NOTHING).mistakes == ["machiya.toml: cannot be read: Is a directory"]


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("MACHIYA_MAIL_STORE", "; did you mean MACHIYA_MAIL__STORE?"),
        ("MACHIYA_HOSE", "; did you mean MACHIYA_HOUSE?"),
        ("MACHIYA_QQQQQQQQQQQQQQQQQQQQQQQQ", ""),
    ],
)
def test_read_sources_refuses_unknown_variables_of_ours(tmp_path: Path, variable: str, meant: str) -> None:
    found = read_sources(tmp_path, {variable: "hunter2", "PATH": "/bin", "MACHIYA_HOUSE": "/srv/house"})
    assert found.mistakes == [f"environment {variable}: there is no such setting{meant}"]


def test_read_sources_tells_an_unknown_secret_by_name_only(tmp_path: Path) -> None:
    seal(tmp_path, b'edge_signin_key = "hunter2"\n')
    found = read_sources(tmp_path, NOTHING)
    assert found.mistakes == [
        "secrets.edge_signin_key: there is no such secret; did you mean edge_signing_key? (secrets.age)"
    ]


def seal(house: Path, content: bytes) -> None:
    identity = pyrage.x25519.Identity.generate()
    (house / "host.key").write_text(f"{identity}\n", encoding="ascii")
    (house / "secrets.age").write_bytes(pyrage.encrypt(content, [identity.to_public()]))


def test_read_sources_says_which_file_is_missing_to_open_the_secrets(tmp_path: Path) -> None:
    (tmp_path / "secrets.age").write_bytes(b"x")
    assert read_sources(tmp_path, NOTHING).mistakes == [
        "secrets.age: cannot be opened: host.key: No such file or directory"
    ]


def test_read_sources_says_that_the_host_key_does_not_fit(tmp_path: Path) -> None:
    seal(tmp_path, b"")
    (tmp_path / "host.key").write_text(str(pyrage.x25519.Identity.generate()), encoding="ascii")
    assert read_sources(tmp_path, NOTHING).mistakes == ["secrets.age: cannot be opened with host.key (DecryptError)"]


def test_read_sources_says_that_the_host_key_is_none(tmp_path: Path) -> None:
    seal(tmp_path, b"")
    (tmp_path / "host.key").write_text("hunter2", encoding="ascii")
    (mistake,) = read_sources(tmp_path, NOTHING).mistakes
    assert mistake == "secrets.age: cannot be opened with host.key (IdentityError)"


def test_read_sources_does_not_show_what_a_broken_secrets_file_holds(tmp_path: Path) -> None:
    seal(tmp_path, b"hunter2 hunter2")
    (mistake,) = read_sources(tmp_path, NOTHING).mistakes
    assert mistake == 'secrets.age: what is inside is not name = "value" lines'


def test_lines_of_finds_tables_keys_dotted_and_quoted() -> None:
    text = '# [mail]\n[mail]\nstore = 1 # x\n  "max_hops" = 2\n\n[ house ]\nowner="a"\n[a.b]\nc.d = 1\n'
    assert lines_of(text) == {
        ("mail",): 2,
        ("mail", "store"): 3,
        ("mail", "max_hops"): 4,
        ("house",): 6,
        ("house", "owner"): 7,
        ("a", "b"): 8,
        ("a", "b", "c", "d"): 9,
    }


def test_read_sources_names_the_line_of_a_dotted_key(tmp_path: Path) -> None:
    found = read(tmp_path, "\nmail.max_hops = 7\n")
    assert found.origins == {("mail", "max_hops"): "machiya.toml:2"}


def test_read_sources_names_the_line_of_an_inline_table(tmp_path: Path) -> None:
    found = read(tmp_path, "\n\nmail = { max_hops = 7 }\n")
    assert found.origins == {("mail", "max_hops"): "machiya.toml:3"}
