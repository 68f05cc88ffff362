from pathlib import Path

import pytest

from machiya.core.errors import ConfigurationError
from machiya.settings import load


def mistakes(house: Path, **values: str) -> list[str]:
    """The settings that are refused."""
    try:
        load(house, {f"MACHIYA_RELAY__{name.upper()}": value for name, value in values.items()})
    except ConfigurationError as error:
        return [mistake.partition(":")[0] for mistake in error.mistakes]
    return []


@pytest.mark.parametrize("host", ["smtp.example.jp", "Relay", "10.77.5.30"])
def test_host_may_be_a_name_or_an_address(tmp_path: Path, host: str) -> None:
    assert mistakes(tmp_path, host=host, user="apikey+x@example.jp", ca_file="keys/relay.pem") == []


@pytest.mark.parametrize("host", ["a.jp\nsmtp_tls_security_level = none", "a.jp]:25", "a b", "$myhostname", "é.jp"])
def test_host_cannot_write_into_postfix(tmp_path: Path, host: str) -> None:
    assert mistakes(tmp_path, host=host) == ["relay.host"]


@pytest.mark.parametrize("user", ["me\n@other.jp you", "two words", "me:", "é"])
def test_user_cannot_write_into_the_passwords(tmp_path: Path, user: str) -> None:
    assert mistakes(tmp_path, user=user) == ["relay.user"]


def test_relay_of_a_domain_is_looked_at_too(tmp_path: Path) -> None:
    assert mistakes(tmp_path, domains='{"a.jp": {"host": "b.jp\\nx"}}') == ["relay.domains"]
    assert mistakes(tmp_path, domains='{"a.jp": {"user": "b c"}}') == ["relay.domains"]


@pytest.mark.parametrize("path", ["/etc/shadow", "../host.key", "keys/../../x", "a:b", "a\nb"])
def test_ca_file_stays_in_the_house(tmp_path: Path, path: str) -> None:
    assert mistakes(tmp_path, ca_file=path) == ["relay.ca_file"]
