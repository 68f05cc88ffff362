"""Each daemon sees its view and nothing else."""

import gc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import Engine, make_url

from integration.mariadb_server import MariaDbServer
from machiya.accounts.model import Alias, AppPassword, Domain, LastUse, Mailbox
from machiya.accounts.published import HouseRules
from machiya.accounts.rules.model import Rules, Vacation
from machiya.adapters.maildir.layout import home_of
from machiya.adapters.mariadb.administration import MariaDbAdministration
from machiya.adapters.mariadb.users import DatabaseUser
from machiya.adapters.mariadb.views import NO_PASSWORD
from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork
from machiya.adapters.sql.engine import open_engine
from machiya.adapters.sql.migrate import upgrade
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Unavailable

pytestmark = pytest.mark.mariadb

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORDS = {"machiya": 'it\'s "odd" \\%s;', "dovecot": "d" * 43}
DIGEST = "a" * 64
ODD = "_.='&~-z-9_@home.test"
OURS = tuple(DatabaseUser(name, ("localhost",), password) for name, password in PASSWORDS.items())


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


@pytest.fixture(scope="module")
def database(mariadb: MariaDbServer) -> Iterator[str]:
    """A database as ``machiya up`` makes it, with people in it."""
    MariaDbAdministration(mariadb.socket).create_database("house")
    url = f"mysql+pymysql://root@localhost/house?unix_socket={mariadb.socket}"
    engine = open_engine(url)
    upgrade(engine)
    move_in(engine)
    engine.dispose()
    MariaDbAdministration(mariadb.socket).settle_access("house", OURS)
    yield url
    mariadb.drop_database(url)


def move_in(engine: Engine) -> None:
    home, shop = DomainName("home.test"), DomainName("shop.test")
    with SqlAccountsUnitOfWork(engine, rules=HouseRules(at("taro@home.test"))) as work:
        work.accounts.save_domain(Domain(home, NOON))
        work.accounts.save_domain(Domain(shop, NOON, at("sales@home.test")))
        work.accounts.save_mailbox(Mailbox(at("taro@home.test"), NOON, "{ARGON2ID}t", 5))
        work.accounts.save_mailbox(Mailbox(at("mia@home.test"), NOON))
        work.accounts.save_mailbox(Mailbox(at(ODD), NOON, "", 7))
        work.accounts.save_mailbox(Mailbox(at("old@shop.test"), NOON, "{ARGON2ID}o", enabled=False))
        work.accounts.save_rules(Rules(at("taro@home.test"), Vacation("夏休み 😀")))
        for address, digest in (("taro@home.test", DIGEST), ("old@shop.test", "b" * 64)):
            work.accounts.save_app_password(AppPassword(digest[:32], at(address), "Phone", digest, NOON))
        work.accounts.save_alias(Alias(at("sales@home.test"), (at("taro@home.test"), at("mia@home.test")), NOON))
        work.commit()


def ask(mariadb: MariaDbServer, user: str, statement: str, password: str = "") -> tuple[tuple[Any, ...], ...]:
    connection = pymysql.connect(
        unix_socket=str(mariadb.socket),
        user=user,
        password=password or PASSWORDS[user],
        database="house",
        autocommit=True,
        connect_timeout=60,
    )
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchall())


@pytest.mark.usefixtures("database")
def test_dovecot_sees_enabled_mailboxes(mariadb: MariaDbServer) -> None:
    found = ask(mariadb, "dovecot", "SELECT login, password, quota_bytes FROM dovecot_users ORDER BY login")
    assert found == ((ODD, NO_PASSWORD, 7), ("mia@home.test", NO_PASSWORD, 0), ("taro@home.test", "{ARGON2ID}t", 5))
    tables = (("dovecot_app_passwords",), ("dovecot_rules",), ("dovecot_users",))
    assert ask(mariadb, "dovecot", "SHOW TABLES") == tables


@pytest.mark.usefixtures("database")
def test_dovecot_sees_the_scripts_of_rules(mariadb: MariaDbServer) -> None:
    [(login, name, script)] = ask(mariadb, "dovecot", "SELECT login, name, script FROM dovecot_rules")
    assert (login, name) == ("taro@home.test", "house")
    assert "夏休み 😀" in script


@pytest.mark.usefixtures("database")
def test_dovecot_sees_app_passwords_of_enabled_mailboxes(mariadb: MariaDbServer) -> None:
    assert ask(mariadb, "dovecot", "SELECT * FROM dovecot_app_passwords") == (("taro@home.test", DIGEST),)


def uses(database: str) -> list[LastUse | None]:
    engine = open_engine(database)
    try:
        with SqlAccountsUnitOfWork(engine, read_only=True) as work:
            return [one.last_use for one in work.accounts.app_passwords(at("taro@home.test"))]
    finally:
        engine.dispose()


def test_dovecot_notes_the_use_of_an_app_password_every_ten_minutes_and_nothing_else(
    mariadb: MariaDbServer, database: str
) -> None:
    assert uses(database) == [None]
    used = "SELECT app_password_used('{}', '{}', '10.1.2.3')"
    assert ask(mariadb, "dovecot", used.format(DIGEST, "imap")) == ((DIGEST,),)
    [first] = uses(database)
    assert first is not None
    assert (first.protocol, first.client_address) == ("imap", "10.1.2.3")
    assert abs(first.at - datetime.now(UTC)) < timedelta(minutes=5)
    ask(mariadb, "dovecot", used.format(DIGEST, "pop3"))
    assert uses(database) == [first]
    mariadb.say("UPDATE house.app_password_uses SET used_at = used_at - INTERVAL 11 MINUTE")
    ask(mariadb, "dovecot", used.format(DIGEST, "sieve"))
    [later] = uses(database)
    assert later is not None
    assert later.protocol == "sieve"
    assert ask(mariadb, "dovecot", used.format("c" * 64, "imap")) == (("c" * 64,),)
    assert mariadb.say("SELECT digest FROM house.app_password_uses") == ((DIGEST,),)


def test_function_that_was_changed_is_made_again_and_still_may_be_called(mariadb: MariaDbServer, database: str) -> None:
    assert database
    mariadb.say("CREATE OR REPLACE FUNCTION house.app_password_used(x CHAR(64)) RETURNS CHAR(64) RETURN 'y'")
    MariaDbAdministration(mariadb.socket).settle_access("house", OURS)
    assert ask(mariadb, "dovecot", f"SELECT app_password_used('{DIGEST}', 'imap', '')") == ((DIGEST,),)


@pytest.mark.usefixtures("database")
def test_dovecot_finds_mail_where_the_embedded_house_puts_it(mariadb: MariaDbServer) -> None:
    for login, home in ask(mariadb, "dovecot", "SELECT login, home FROM dovecot_users"):
        assert home_of(Path(), at(login)) == Path(home)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("user", "statement"),
    [
        ("dovecot", "SELECT * FROM mailboxes"), ("dovecot", "SELECT * FROM published_mailboxes"),
        ("dovecot", "SELECT * FROM mailbox_rules"), ("dovecot", "SELECT * FROM published_rules"),
        ("dovecot", "SELECT * FROM app_passwords"), ("dovecot", "SELECT * FROM app_password_uses"),
        ("dovecot", "UPDATE app_password_uses SET protocol = 'x'"),
        ("dovecot", "SELECT * FROM deliveries"), ("dovecot", "DELETE FROM dovecot_users"),
        ("machiya", "DROP TABLE deliveries"), ("machiya", "SELECT * FROM mysql.global_priv"),
        ("machiya", "CREATE USER evil"),
    ],
)  # fmt: skip
def test_nobody_may_do_more_than_its_task(mariadb: MariaDbServer, user: str, statement: str) -> None:
    with pytest.raises(pymysql.err.MySQLError, match="denied"):
        ask(mariadb, user, statement)


@pytest.mark.usefixtures("database")
def test_machiya_works_in_its_database(mariadb: MariaDbServer) -> None:
    url = make_url(f"mysql+pymysql://machiya@localhost/house?unix_socket={mariadb.socket}")
    engine = open_engine(url.set(password=PASSWORDS["machiya"]).render_as_string(hide_password=False))
    with SqlAccountsUnitOfWork(engine) as work:
        assert len(work.accounts.mailboxes()) == 4
        work.accounts.save_mailbox(Mailbox(at("mia@home.test"), NOON))
        work.commit()
    engine.dispose()


def grants(mariadb: MariaDbServer) -> dict[str, list[str]]:
    accounts = [f"'{user}'@'{host}'" for user, host in mariadb.say("SELECT user, host FROM mysql.global_priv")]
    return {account: sorted(str(row[0]) for row in mariadb.say(f"SHOW GRANTS FOR {account}")) for account in accounts}


@pytest.mark.usefixtures("database")
def test_settled_again_nothing_changes_and_strangers_go(mariadb: MariaDbServer) -> None:
    before = grants(mariadb)
    mariadb.say("CREATE USER dovecot@'%' IDENTIFIED BY 'left over'")
    mariadb.say("GRANT SELECT ON house.mailboxes TO dovecot@localhost")
    mariadb.say("GRANT ALL ON *.* TO machiya@localhost")
    mariadb.say("REVOKE EXECUTE ON FUNCTION house.app_password_used FROM dovecot@localhost")
    mariadb.say("GRANT EXECUTE ON FUNCTION house.app_password_used TO machiya@localhost")
    mariadb.say("REVOKE SELECT ON house.dovecot_users FROM dovecot@localhost")
    MariaDbAdministration(mariadb.socket).settle_access("house", OURS)
    assert grants(mariadb) == before


@pytest.mark.usefixtures("database")
def test_changed_password_is_the_only_one_that_works(mariadb: MariaDbServer) -> None:
    changed = [DatabaseUser(user.name, user.hosts, f"new {user.password}") for user in OURS]
    MariaDbAdministration(mariadb.socket).settle_access("house", changed)
    try:
        assert ask(mariadb, "dovecot", "SELECT 1", f"new {PASSWORDS['dovecot']}") == ((1,),)
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            ask(mariadb, "dovecot", "SELECT 1")
    finally:
        MariaDbAdministration(mariadb.socket).settle_access("house", OURS)


@pytest.mark.usefixtures("database")
def test_nobody_logs_in_as_the_owner_of_the_views(mariadb: MariaDbServer) -> None:
    with pytest.raises(pymysql.err.OperationalError, match=r"denied|locked"):
        ask(mariadb, "machiya_views", "SELECT 1", "x")


# PyMySQL leaves a unix socket that it could not connect to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="administrator") as refused:
        MariaDbAdministration(tmp_path / "none").create_database("house")
    assert "MariaDB" in refused.value.hint
    del refused
    gc.collect()
