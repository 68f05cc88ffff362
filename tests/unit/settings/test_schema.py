from typing import Any

import pytest
from pydantic import ValidationError

from machiya.core.sizes import MIB
from machiya.settings import Settings


def refused(section: str, name: str, value: Any) -> bool:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({section: {name: value}})
    return caught.value.errors()[0]["loc"][:2] == (section, name)


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("mail_api", "port", 0),
        ("mail_api", "port", 65536),
        ("mail_api", "port", 80.5),
        ("mail_api", "port", True),
        ("mail_api", "port", "http"),
        ("mail", "message_bytes", "100 KiB"),
        ("mail", "message_bytes", "101 MiB"),
        ("mail", "message_bytes", "-1"),
        ("mail", "default_quota", -1),
        ("mail", "default_quota", "2000000 TiB"),
        ("mail", "store_subjects", 3),
        ("mail", "store", ""),
        ("lmtp", "timeout_seconds", 0),
        ("lmtp", "timeout_seconds", float("inf")),
        ("lmtp", "timeout_seconds", float("nan")),
        ("edge", "hold_days", 0),
        ("house", "hostname", 3),
        ("house", "engine", "podman"),
        ("storage", "fast", 3),
        ("house", "nosuch", 1),
    ],
)
def test_settings_refuse_what_makes_no_sense(section: str, name: str, value: Any) -> None:
    assert refused(section, name, value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().mail.max_hops = 3  # type: ignore[misc]


def test_settings_take_sizes_as_text_or_number() -> None:
    assert Settings.model_validate({"mail": {"message_bytes": "2 MiB"}}).mail.message_bytes == 2 * MIB
    assert Settings.model_validate({"mail": {"message_bytes": 2 * MIB}}).mail.message_bytes == 2 * MIB


def test_settings_forget_blanks_around_text() -> None:
    assert Settings.model_validate({"house": {"hostname": " m.jp "}}).house.hostname == "m.jp"


@pytest.mark.parametrize(
    ("data", "url"),
    [
        ({}, ""),
        ({"database": {"url": "sqlite:////srv/x.db"}}, "sqlite:////srv/x.db"),
        (
            {"house": {"engine": "docker"}, "secrets": {"database_password": "a/b"}, "root": "/srv/my house"},
            "mysql+pymysql://machiya:a%2Fb@localhost/machiya?unix_socket=/srv/my%20house/data/run/mariadb/socket",
        ),
        (
            {
                "house": {"engine": "docker"},
                "secrets": {"database_password": "x"},
                "database": {"url": "mysql+pymysql://machiya@10.77.1.10/machiya"},
            },
            "mysql+pymysql://machiya:x@10.77.1.10/machiya",
        ),
    ],
)
def test_database_url_is_what_the_engine_has_unless_one_is_set(data: dict[str, Any], url: str) -> None:
    assert Settings.model_validate(data).database_url == url
