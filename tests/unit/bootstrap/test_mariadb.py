import pytest

from machiya.bootstrap.mariadb import database_users
from machiya.core.errors import ConfigurationError
from machiya.settings import Settings

PASSWORDS = {
    "database_password": "m",
    "dovecot_database_password": "d",
}


def settings(**secrets: str) -> Settings:
    return Settings.model_validate(
        {"house": {"engine": "docker"}, "docker": {"network_prefix": "172.20"}, "secrets": secrets}
    )


def test_database_users_come_from_their_own_addresses_with_their_own_passwords() -> None:
    found = [(user.name, user.hosts, user.password) for user in database_users(settings(**PASSWORDS))]
    assert found == [
        ("machiya", ("localhost", "172.20.1.16"), "m"),
        ("dovecot", ("172.20.1.14",), "d"),
    ]


def test_database_users_without_a_password_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="dovecot_database_password is not set"):
        database_users(settings(**PASSWORDS | {"dovecot_database_password": ""}))
