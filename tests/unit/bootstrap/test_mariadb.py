from collections.abc import Mapping

import pytest

from machiya.bootstrap.mariadb import database_users
from machiya.core.errors import ConfigurationError
from machiya.settings import Settings

PASSWORDS = {
    "database_password": "m",
    "dovecot_database_password": "d",
    "usermgmt_database_password": "u",
    "roundcube_database_password": "r",
}


def settings(secrets: Mapping[str, str], *, webmail: bool = True) -> Settings:
    return Settings.model_validate(
        {
            "house": {"engine": "docker"},
            "docker": {"network_prefix": "172.20"},
            "webmail": {"enabled": webmail},
            "secrets": dict(secrets),
        }
    )


def test_database_users_come_from_their_own_addresses_with_their_own_passwords() -> None:
    found = [(user.name, user.hosts, user.password) for user in database_users(settings(PASSWORDS))]
    assert found == [
        ("machiya", ("localhost", "172.20.1.16"), "m"),
        ("dovecot", ("172.20.1.14",), "d"),
        ("usermgmt", ("172.20.1.21",), "u"),
        ("roundcube", ("172.20.1.20",), "r"),
    ]


def test_database_users_have_webmail_only_where_there_is_one_and_in_a_database_of_its_own() -> None:
    places = {user.name: user.database for user in database_users(settings(PASSWORDS))}
    assert places == {"machiya": "", "dovecot": "", "usermgmt": "", "roundcube": "roundcube"}
    without = database_users(settings(PASSWORDS | {"roundcube_database_password": ""}, webmail=False))
    assert [user.name for user in without] == ["machiya", "dovecot", "usermgmt"]


def test_database_users_without_a_password_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="dovecot_database_password is not set"):
        database_users(settings(PASSWORDS | {"dovecot_database_password": ""}))
