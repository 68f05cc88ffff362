"""What Roundcube keeps of people is deleted with their mailboxes."""

from collections.abc import Iterator

import pytest

from integration.mariadb_server import MariaDbServer
from machiya.adapters.mariadb.administration import MariaDbAdministration
from machiya.adapters.mariadb.roundcube import RoundcubePeople
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable

pytestmark = pytest.mark.mariadb

DATABASE = "webmail_of_people"
# Source: Roundcube 1.6, SQL/mysql.initial.sql, without the columns that nothing here asks for.
USERS = """CREATE TABLE webmail_of_people.users (
  user_id int(10) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(128) BINARY NOT NULL,
  mail_host varchar(128) NOT NULL, UNIQUE username (username, mail_host)
) ENGINE=INNODB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"""
CONTACTS = """CREATE TABLE webmail_of_people.contacts (
  user_id int(10) UNSIGNED NOT NULL, name varchar(128) NOT NULL,
  FOREIGN KEY (user_id) REFERENCES webmail_of_people.users (user_id) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=INNODB"""
LOG_IN = "INSERT INTO webmail_of_people.users (username, mail_host) VALUES ('{}', '{}')"
PEOPLE = ("taro@home.test", "o'neil+x@xn--r8jz45g.jp", "mia@home.test", "taro@home.tes", "ta%@home.test")


@pytest.fixture
def people(mariadb: MariaDbServer) -> Iterator[RoundcubePeople]:
    administration = MariaDbAdministration(mariadb.socket)
    administration.create_database(DATABASE)
    yield RoundcubePeople(administration, DATABASE)
    mariadb.say("DROP DATABASE webmail_of_people")


@pytest.fixture
def used(people: RoundcubePeople, mariadb: MariaDbServer) -> RoundcubePeople:
    """Everybody has logged in, and taro before and after the house got another network."""
    for statement in (USERS, CONTACTS):
        mariadb.say(statement)
    for name, host in [*((name, "10.77.1.5") for name in PEOPLE), ("Taro@home.test", "10.78.1.5")]:
        mariadb.say(LOG_IN.format(name.replace("'", "''"), host))
    mariadb.say("INSERT INTO webmail_of_people.contacts SELECT user_id, username FROM webmail_of_people.users")
    return people


def kept(mariadb: MariaDbServer) -> set[object]:
    users = mariadb.say("SELECT username FROM webmail_of_people.users")
    contacts = mariadb.say("SELECT name FROM webmail_of_people.contacts")
    assert set(users) == set(contacts)
    return {name for (name,) in users}


def test_those_are_forgotten_and_nobody_else(used: RoundcubePeople, mariadb: MariaDbServer) -> None:
    used.forget([])
    assert kept(mariadb) == {*PEOPLE, "Taro@home.test"}
    used.forget([EmailAddress.parse(name) for name in ("taro@home.test", "o'neil+x@例え.jp", "ta%@home.test")])
    assert kept(mariadb) == {"mia@home.test", "taro@home.tes"}
    used.forget([EmailAddress.parse("taro@home.test")])


def test_webmail_that_never_ran_keeps_nothing(people: RoundcubePeople, mariadb: MariaDbServer) -> None:
    people.forget([EmailAddress.parse("taro@home.test")])
    RoundcubePeople(MariaDbAdministration(mariadb.socket), "no_such_database").forget([EmailAddress.parse("a@b.test")])


def test_who_is_not_the_administrator_is_told(mariadb: MariaDbServer) -> None:
    stranger = MariaDbAdministration(mariadb.socket, user="stranger")
    with pytest.raises(Unavailable, match="administrator"):
        RoundcubePeople(stranger, DATABASE).forget([EmailAddress.parse("taro@home.test")])
