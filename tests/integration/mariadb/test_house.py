"""The database of a house in containers: made, migrated and opened as machiya up and the commands do it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.accounts import FakePasswordHasher
from integration.mariadb_server import MariaDbServer
from machiya.accounts.domains import add_domain
from machiya.accounts.mailboxes import add_mailbox
from machiya.adapters.sql.migrate import DatabaseTooOld
from machiya.bootstrap import House
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Unavailable

pytestmark = pytest.mark.mariadb

HOME = DomainName("home.test")
SECRETS = (
    "database_password",
    "dovecot_database_password",
    "usermgmt_database_password",
    "roundcube_database_password",
)


@pytest.fixture
def house(mariadb: MariaDbServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Its socket leads to the server of the tests; nothing is in there yet."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in SECRETS:
        (folder / name).write_text(f"{name} \"'/%")
    monkeypatch.setenv("MACHIYA_SECRETS_FOLDER", str(folder))
    root = tmp_path / "house"
    (root / "data/run/mariadb").mkdir(parents=True)
    (root / "data/run/mariadb/socket").symlink_to(mariadb.socket)
    (root / "machiya.toml").write_text('[house]\nengine = "docker"\nowner = "mia@home.test"\n')
    made = House(root)
    yield made
    made.engine.dispose()
    for name in ("machiya", "roundcube"):
        mariadb.say(f"DROP DATABASE IF EXISTS {name}")
    accounts = mariadb.say("SELECT user, host FROM mysql.global_priv WHERE user IN ('machiya', 'dovecot', 'roundcube')")
    for user, host in accounts:
        mariadb.say(f"DROP USER '{user}'@'{host}'")


def test_migrate_makes_the_database_and_everything_around_it(house: House, mariadb: MariaDbServer) -> None:
    house.migrate()
    add_domain(house.accounts_uow(), house.clock, HOME)
    for name in ("adam", "mia"):
        add_mailbox(house.accounts_uow(), house.clock, FakePasswordHasher(), EmailAddress(name, HOME))
    house.ready_database()
    house.migrate()
    assert house.directory.resolve(EmailAddress("abuse", HOME)).mailboxes == (EmailAddress("mia", HOME),)
    assert mariadb.say("SELECT login FROM machiya.dovecot_users ORDER BY login") == (
        ("adam@home.test",),
        ("mia@home.test",),
    )


def test_webmail_gets_a_database_of_its_own_and_loses_its_user_when_it_is_gone(
    house: House, mariadb: MariaDbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.migrate()
    told = [str(row[0]) for row in mariadb.say("SHOW GRANTS FOR roundcube@'10.77.1.20'")]
    (grants,) = (line for line in told if "GRANT USAGE" not in line)
    assert " ON `roundcube`.* TO " in grants
    assert not {"FILE", "GRANT", "CREATE USER", "TRIGGER", "EXECUTE"} & set(grants.partition(" ON ")[0].split(", "))
    monkeypatch.setenv("MACHIYA_WEBMAIL__ENABLED", "false")
    House(house.root).migrate()
    assert mariadb.say("SELECT user FROM mysql.global_priv WHERE user = 'roundcube'") == ()
    assert mariadb.say("SHOW DATABASES LIKE 'roundcube'") == (("roundcube",),)


def test_part_does_not_migrate_but_says_who_must(house: House, mariadb: MariaDbServer) -> None:
    with pytest.raises(Unavailable, match="log-in"):
        house.ready_database()
    house.migrate()
    mariadb.say("UPDATE machiya.alembic_version SET version_num = '0001'")
    with pytest.raises(DatabaseTooOld) as refused:
        house.ready_database()
    assert "machiya up" in refused.value.hint
