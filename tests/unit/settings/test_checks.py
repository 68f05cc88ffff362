from pathlib import Path
from typing import Any

import pytest

from machiya.settings import Settings
from machiya.settings.checks import cross_check, is_open

ROOT = Path("/srv/house")
STORAGE = {"fast": ROOT / "data/fast", "bulk": ROOT / "data/bulk", "backup": ROOT / "data/backup"}


WILDCARD = "0.0.0.0"  # noqa: S104 – the very thing that is refused


def check(*, in_file: tuple[str, ...] = (), **sections: Any) -> list[tuple[str, str]]:
    data = {"root": ROOT, "storage": STORAGE | sections.pop("storage", {}), **sections}
    return list(cross_check(Settings.model_validate(data), in_file))


def test_cross_check_finds_nothing_in_the_defaults() -> None:
    assert check() == []


def test_cross_check_refuses_two_listeners_on_one_port() -> None:
    assert check(mail_api={"port": 2525}) == [
        ("front_door.port", "2525 is the port of mail_api.port too; give each its own")
    ]


def test_cross_check_refuses_mail_that_circles_through_lmtp() -> None:
    found = check(mail={"store": "lmtp"}, lmtp={"port": 2525})
    assert found == [("lmtp.port", "127.0.0.1:2525 is front_door.port of this house; mail would circle")]


def test_cross_check_lets_lmtp_alone_where_it_is_not_used() -> None:
    assert check(lmtp={"port": 2525}) == []


@pytest.mark.parametrize(
    ("section", "field"), [("mail_api", "host"), ("mail_api", "private_host"), ("front_door", "host")]
)
@pytest.mark.parametrize("host", [WILDCARD, "::", "[::]", "*", "0", "8.8.8.8", "2001:4860:4860::8888"])
def test_cross_check_refuses_a_door_to_the_street(section: str, field: str, host: str) -> None:
    hosts: dict[str, Any] = {section: {field: host}}
    ((path, message),) = check(**hosts)
    assert path == f"{section}.{field}"
    assert message.startswith(f'"{host}" can be reached from the street')


def test_cross_check_lets_a_named_reason_open_a_port() -> None:
    assert check(house={"open_ports_reason": "inside a container"}, mail_api={"host": WILDCARD}) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.5", "100.64.0.1", "fd00::1", "mail-api"])
def test_is_open_is_false_for_private_addresses_and_names(host: str) -> None:
    assert not is_open(host)


def test_cross_check_refuses_an_empty_host() -> None:
    assert check(front_door={"host": ""}) == [("front_door.host", "is empty; 127.0.0.1 is the safe choice")]


@pytest.mark.parametrize(
    ("backup", "why"),
    [
        (STORAGE["fast"], "lie in one another"),
        (STORAGE["bulk"] / "backup", "lie in one another"),
        (ROOT / "data", "lie in one another"),
        (ROOT, "house's own folder or above it"),
        (Path("/srv"), "house's own folder or above it"),
    ],
)
def test_cross_check_refuses_storage_inside_other_storage(backup: Path, why: str) -> None:
    found = check(storage={"backup": backup})
    assert any(path == "storage.backup" and why in message for path, message in found)


def test_cross_check_refuses_storage_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "disk").write_text("", encoding="ascii")
    assert check(storage={"backup": tmp_path / "disk"}) == [("storage.backup", f"{tmp_path}/disk is not a folder")]


def test_cross_check_wants_room_for_the_largest_message() -> None:
    found = check(mail={"message_bytes": "25 MiB", "buffer_bytes": "20 MiB"})
    assert [path for path, _ in found] == ["mail.buffer_bytes"]


def test_cross_check_wants_a_lease_of_three_lmtp_answers() -> None:
    assert [path for path, _ in check(mail={"store": "lmtp", "lease_seconds": 89})] == ["mail.lease_seconds"]
    assert check(mail={"store": "lmtp", "lease_seconds": 90}) == []


@pytest.mark.parametrize("owner", ["taro", "taro@", "taro@-", "a b@example.jp"])
def test_cross_check_wants_an_address_as_owner(owner: str) -> None:
    assert [path for path, _ in check(house={"owner": owner})] == ["house.owner"]


@pytest.mark.parametrize("hostname", ["", "a b", "10.0.0.1", "x" * 64 + ".jp", "メール.example.jp"])
def test_cross_check_wants_a_domain_name_as_hostname(hostname: str) -> None:
    assert [path for path, _ in check(house={"hostname": hostname})] == ["house.hostname"]


def test_cross_check_wants_a_database_url_to_be_one() -> None:
    assert [path for path, _ in check(database={"url": "machiya.db"})] == ["database.url"]
    assert [path for path, _ in check(database={"url": "mysql://[::/x"})] == ["database.url"]


def test_cross_check_refuses_a_password_in_the_file_but_not_elsewhere() -> None:
    database = {"url": "mysql://m:hunter2@h/d"}
    ((path, message),) = check(in_file=("database.url",), database=database)
    assert path == "database.url"
    assert "machiya secret set database_password" in message
    assert "hunter2" not in message
    assert check(database=database) == []


@pytest.mark.parametrize("key", ["k" * 31, "k" * 40 + "\n\n" + "k", "鍵" * 40])
def test_cross_check_refuses_weak_or_unprintable_keys_without_showing_them(key: str) -> None:
    ((path, message),) = check(secrets={"edge_signing_key": key})
    assert path == "secrets.edge_signing_key"
    assert "kkk" not in message
    assert "鍵" not in message


def test_cross_check_wants_a_host_for_a_relay_of_ones_own() -> None:
    assert check(relay={"preset": "custom"}) == [("relay.host", 'is empty; preset = "custom" needs a host')]
    assert check(relay={"domains": {"example.jp": {"preset": "custom"}}}) == [
        ("relay.domains", 'example.jp: preset = "custom" needs a host')
    ]
    assert check(relay={"preset": "custom", "host": "smtp.example.net"}) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("example.jp", "is not written as example.jp=PASSWORD, separated by spaces"),
        ("example.jp=", "is not written as example.jp=PASSWORD, separated by spaces"),
        ("other.jp=hush", "has a password for other.jp, which is not in relay.domains"),
    ],
)
def test_cross_check_never_shows_a_relay_password(text: str, wrong: str) -> None:
    found = check(relay={"domains": {"example.jp": {}}}, secrets={"relay_domain_passwords": f"example.jp=a=b {text}"})
    assert found == [("secrets.relay_domain_passwords", wrong)]


@pytest.mark.parametrize("name", ["redis_password", "rspamd_controller_password"])
def test_cross_check_wants_passwords_that_daemons_read_without_quotes(name: str) -> None:
    for text in ('a"; bind_socket = "*:1', "two words", "a#b", "a\\b"):
        ((path, message),) = check(secrets={name: text})
        assert (path, text in message) == (f"secrets.{name}", False)
    assert check(secrets={name: "dGVzdA==_-."}) == []


@pytest.mark.parametrize("folder", ["/srv/a:b", "/srv/$HOME", "/srv/a,z"])
def test_cross_check_wants_folders_that_compose_can_mount(folder: str) -> None:
    storage = {"bulk": folder, "fast": "/srv/fast", "backup": "/srv/backup"}
    assert [path for path, _ in check(house={"engine": "docker"}, storage=storage)] == ["storage.bulk"]
    assert check(storage=storage) == []
