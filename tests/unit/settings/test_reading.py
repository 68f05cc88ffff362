from pathlib import Path

import pyrage
import pytest

from machiya.core.errors import ConfigurationError
from machiya.core.sizes import GIB, MIB
from machiya.settings import Settings, house_folder, load, origins

NOTHING: dict[str, str] = {}
KEY = "k" * 43
EVERY_MISTAKE = """\
house.hostname: not a domain name: 'bad host'; Write it like example.jp. (machiya.toml:2)
house.owner: not an e-mail address: 'nobody'; Write it like taro@example.jp. (machiya.toml:3)
mail.max_hops: "1" is out of range: at least 5 (environment MACHIYA_MAIL__MAX_HOPS)
mail.message_bytes: "5 MB" cannot be used: not a size: '5 MB'; Write it like 500 MiB, 2 GiB or 1048576 (bytes). (machiya.toml:7)
mail.stor: there is no such setting; did you mean store? (machiya.toml:5)
mail.store: "mbox" is not allowed; use "maildir" or "lmtp" (machiya.toml:6)
mail_api.port: true cannot be used: true or false is no value for this setting (machiya.toml:11)
mail_api.private_host: "0.0.0.0" can be reached from the street; use a private address or say why in house.open_ports_reason (machiya.toml:12)
mial: there is no such section; did you mean mail? (machiya.toml:8)
""".splitlines()  # noqa: E501 – each is one line to its reader


def write(house: Path, text: str) -> None:
    (house / "machiya.toml").write_text(text, encoding="utf-8")


def seal(house: Path, text: str) -> None:
    identity = pyrage.x25519.Identity.generate()
    (house / "host.key").write_text(f"{identity}\n", encoding="ascii")
    (house / "secrets.age").write_bytes(pyrage.encrypt(text.encode(), [identity.to_public()]))


def mistakes(house: Path, environment: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(house, environment or NOTHING)
    return caught.value.mistakes


def test_load_of_an_empty_folder_gives_the_defaults_under_the_house(tmp_path: Path) -> None:
    settings = load(tmp_path, NOTHING)
    assert settings.root == tmp_path
    assert settings.storage.fast == tmp_path / "data" / "fast"
    assert settings.mail == Settings().mail
    assert settings.secrets.edge_signing_key.get_secret_value() == ""


def test_load_lets_the_environment_win_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    write(tmp_path, '[mail]\nmessage_bytes = "10 MiB"\nmax_hops = 20\n')
    settings = load(tmp_path, {"MACHIYA_MAIL__MAX_HOPS": "30"})
    assert (settings.mail.message_bytes, settings.mail.max_hops, settings.mail.lease_seconds) == (10 * MIB, 30, 120)


def test_load_lets_the_environment_win_over_secrets_age(tmp_path: Path) -> None:
    seal(tmp_path, f'edge_signing_key = "{KEY}"\nedge_recipient_key = "{"r" * 43}"\n')
    settings = load(tmp_path, {"MACHIYA_SECRETS__EDGE_RECIPIENT_KEY": "e" * 43})
    assert settings.secrets.edge_signing_key.get_secret_value() == KEY
    assert settings.secrets.edge_recipient_key.get_secret_value() == "e" * 43


def test_load_reads_sizes_numbers_and_truth_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "MACHIYA_MAIL__DEFAULT_QUOTA": "2 GiB",
        "MACHIYA_MAIL__STORE_SUBJECTS": "false",
        "MACHIYA_LMTP__TIMEOUT_SECONDS": "1.5",
    }
    settings = load(tmp_path, environment)
    assert settings.mail.default_quota == 2 * GIB
    assert settings.mail.store_subjects is False
    assert settings.lmtp.timeout_seconds == 1.5


def test_load_resolves_storage_against_the_house_and_keeps_absolute_folders(tmp_path: Path) -> None:
    house, disk = tmp_path / "house", tmp_path / "disk"
    house.mkdir()
    write(house, f'[storage]\nfast = "../ssd"\nbulk = "{disk}/bulk"\n')
    storage = load(house, NOTHING).storage
    assert (storage.fast, storage.bulk, storage.backup) == (tmp_path / "ssd", disk / "bulk", house / "data" / "backup")


def test_load_keeps_a_link_to_another_disk_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    write(tmp_path, '[storage]\nbulk = "link/bulk"\n')
    assert load(tmp_path, NOTHING).storage.bulk == tmp_path / "link" / "bulk"


def test_load_accepts_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "machiya.toml").write_bytes(b"\xef\xbb\xbf[mail]\nmax_hops = 33\n")
    assert load(tmp_path, NOTHING).mail.max_hops == 33


def test_load_lists_every_mistake_at_once_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        "[house]\n"
        'hostname = "bad host"\n'
        'owner = "nobody"\n'
        "[mail]\n"
        "stor = 1\n"
        'store = "mbox"\n'
        'message_bytes = "5 MB"\n'
        "[mial]\n"
        "x = 1\n"
        "[mail_api]\n"
        "port = true\n"
        'private_host = "0.0.0.0"\n',
    )
    assert sorted(mistakes(tmp_path, {"MACHIYA_MAIL__MAX_HOPS": "1"})) == EVERY_MISTAKE


def test_load_counts_the_mistakes_and_says_where(tmp_path: Path) -> None:
    write(tmp_path, "[mail]\nmax_hops = 1\n")
    with pytest.raises(ConfigurationError, match=r"has 1 mistake$") as caught:
        load(tmp_path, NOTHING)
    assert str(tmp_path) in caught.value.message
    assert "machiya config sample" in caught.value.hint


def test_origins_tell_value_and_source_and_never_a_secret(tmp_path: Path) -> None:
    write(tmp_path, "# a comment\n[mail]\n\nmax_hops = 20\n")
    seal(tmp_path, f'edge_signing_key = "{KEY}"\n')
    found = {o.path: (o.value, o.source) for o in origins(tmp_path, {"MACHIYA_FRONT_DOOR__PORT": "2526"})}
    assert found["mail.max_hops"] == ("20", "machiya.toml:4")
    assert found["front_door.port"] == ("2526", "environment MACHIYA_FRONT_DOOR__PORT")
    assert found["mail.message_bytes"] == ('"25 MiB"', "default")
    assert found["secrets.edge_signing_key"] == ("set", "secrets.age")
    assert found["secrets.edge_recipient_key"] == ("not set", "default")
    assert KEY not in repr(found)


def test_origins_mask_a_password_in_a_url_from_the_environment(tmp_path: Path) -> None:
    found = {o.path: o.value for o in origins(tmp_path, {"MACHIYA_DATABASE__URL": "mysql://m:hunter2@h/d"})}
    assert found["database.url"] == '"mysql://m:***@h/d"'


def test_database_url_takes_the_secret_password_in() -> None:
    settings = Settings.model_validate(
        {"database": {"url": "mysql+pymysql://m@db:3306/x"}, "secrets": {"database_password": "a/b@c"}}
    )
    assert settings.database_url == "mysql+pymysql://m:a%2Fb%40c@db:3306/x"


def test_database_url_is_empty_for_sqlite_also_with_a_password() -> None:
    assert Settings.model_validate({"secrets": {"database_password": "x"}}).database_url == ""


def test_settings_never_show_a_secret_in_their_representation() -> None:
    assert "hunter2" not in repr(Settings.model_validate({"secrets": {"edge_signing_key": "hunter2"}}))


@pytest.mark.parametrize(
    ("given", "environment", "wanted"),
    [
        (Path("/srv/a"), {"MACHIYA_HOUSE": "/srv/b"}, Path("/srv/a")),
        (None, {"MACHIYA_HOUSE": "/srv/b"}, Path("/srv/b")),
        (None, {"MACHIYA_HOUSE": ""}, Path.cwd() / "house"),
        (None, {}, Path.cwd() / "house"),
    ],
)
def test_house_folder_is_the_given_one_or_the_variable_or_house_here(
    given: Path | None, environment: dict[str, str], wanted: Path
) -> None:
    assert house_folder(given, environment) == wanted


def test_house_folder_knows_the_home_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/taro")
    assert house_folder(Path("~/house"), NOTHING) == Path("/home/taro/house")


def test_load_reads_the_environment_of_the_process_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIYA_MAIL__MAX_HOPS", "77")
    assert load(tmp_path).mail.max_hops == 77
