from pathlib import Path

import pytest

from machiya.settings.describe import describe, describe_all, toml_value


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (True, "", "true"),
        (60.0, "seconds", "60"),
        (0.5, "seconds", "0.5"),
        (26214400, "bytes", '"25 MiB"'),
        (26214401, "bytes", "26214401"),
        (0, "bytes", "0"),
        (Path("data/fast"), "", '"data/fast"'),
        ('a"b', "", '"a\\"b"'),
        ("家", "", '"家"'),
    ],
)
def test_toml_value_writes_what_reads_back_the_same(value: object, unit: str, text: str) -> None:
    assert toml_value(value, unit) == text


@pytest.mark.parametrize(
    ("section", "name", "allowed"),
    [
        ("mail_api", "port", "1 … 65535"),
        ("mail", "message_bytes", "1 MiB … 100 MiB"),
        ("mail", "store", '"maildir" or "lmtp"'),
        ("mail", "store_subjects", "true or false"),
        ("lmtp", "timeout_seconds", "> 0 … 86400"),
        ("house", "owner", ""),
    ],
)
def test_describe_tells_what_is_allowed(section: str, name: str, allowed: str) -> None:
    assert describe(section, name).allowed == allowed


def test_describe_all_names_each_setting_and_variable_once() -> None:
    found = list(describe_all())
    assert len({d.path for d in found}) == len(found) == len({d.variable for d in found})
    assert describe("mail_api", "private_port").variable == "MACHIYA_MAIL_API__PRIVATE_PORT"
