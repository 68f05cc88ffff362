"""What usermgmt's pages do, done as its own database user; and what that user may not."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pymysql
import pyotp
import pytest

from fakes.mail_room import FakeScanner
from fakes.mail_store import FakeMailStore
from integration.mariadb_server import MariaDbServer
from machiya.access.audit import AuditNote
from machiya.access.model import Role, Who, WhoKind
from machiya.accounts import aliases, app_passwords, domains, mailboxes, owners
from machiya.accounts.rules import changes as rules
from machiya.accounts.rules.model import Vacation
from machiya.adapters.mariadb.administration import MariaDbAdministration
from machiya.adapters.mariadb.users import PRIVILEGES
from machiya.bootstrap import House
from machiya.bootstrap.mariadb import database_users
from machiya.core.addresses import EmailAddress
from machiya.core.clock import SystemClock
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import Envelope, InboundMessage, Verdict, VerdictAction

pytestmark = pytest.mark.mariadb

SECRETS = (
    "database_password", "dovecot_database_password", "usermgmt_database_password", "roundcube_database_password",
    "totp_key",
)  # fmt: skip
PASSWORD, OTHER = "correct horse battery", "another horse entirely"
TARO, SALES = (EmailAddress.parse(f"{name}@home.test") for name in ("taro", "sales"))
MIA = EmailAddress.parse("mia@shop.test")
CONTENT = b"Subject: invoice\r\n\r\nbody\r\n"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    for name in SECRETS:
        (folder / name).write_text(f"{name} with signs \"'/%")
    return folder


@pytest.fixture(scope="module")
def houses(
    mariadb: MariaDbServer, secrets: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, House]]:
    """The house as root's commands see it, and as usermgmt does."""
    root = tmp_path_factory.mktemp("house")
    (root / "data/run/mariadb").mkdir(parents=True)
    (root / "data/run/mariadb/socket").symlink_to(mariadb.socket)
    (root / "data/bulk/mail").mkdir(parents=True)
    (root / "machiya.toml").write_text('[house]\nengine = "docker"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MACHIYA_SECRETS_FOLDER", str(secrets))
        commands = House(root)
        commands.migrate()
        users = [replace(user, hosts=(*user.hosts, "localhost")) for user in database_users(commands.settings)]
        MariaDbAdministration(mariadb.socket).settle_access("machiya", users)
        socket = quote(str(mariadb.socket))
        patch.setenv("MACHIYA_DATABASE__URL", f"mysql+pymysql://usermgmt@localhost/machiya?unix_socket={socket}")
        # What stands in a container as database_password is the password of its own user.
        patch.setenv(
            "MACHIYA_SECRETS__DATABASE_PASSWORD",
            commands.settings.secrets.usermgmt_database_password.get_secret_value(),
        )
        pages = House(root)
        _ = pages.settings
    yield commands, pages
    for house in (commands, pages):
        house.engine.dispose()
    mariadb.say("DROP DATABASE IF EXISTS machiya")
    for user, host in mariadb.say("SELECT user, host FROM mysql.global_priv"):
        if user in PRIVILEGES:
            mariadb.say(f"DROP USER '{user}'@'{host}'")


@pytest.fixture
def pages(houses: tuple[House, House]) -> House:
    return houses[1]


def note(action: str) -> AuditNote:
    return AuditNote("administrator:alice", action, "x")


def test_accounts_of_all_kinds_are_made_changed_and_removed(pages: House) -> None:
    pages.ready_database()
    hasher, files = pages.password_hasher(), pages.mailbox_files()
    domains.add_domain(pages.accounts_uow(audit=note("domain.add")), pages.clock, TARO.domain)
    work = pages.accounts_uow(audit=note("mailbox.add"))
    mailboxes.add_mailbox(work, pages.clock, hasher, TARO, password=PASSWORD)
    aliases.add_alias(pages.accounts_uow(audit=note("alias.add")), pages.clock, SALES, [TARO])
    domains.change_domain(pages.accounts_uow(), TARO.domain, catch_all=TARO)
    mailboxes.change_mailbox(pages.accounts_uow(), hasher, TARO, quota_bytes=5, enabled=False)
    mailboxes.change_mailbox(pages.accounts_uow(), hasher, TARO, enabled=True)
    owners.change_own_password(pages.accounts_uow(audit=note("password.change")), hasher, TARO, PASSWORD, OTHER)
    made = app_passwords.add_app_password(pages.accounts_uow(), pages.clock, TARO, "phone")
    assert [one.name for one in app_passwords.list_app_passwords(pages.accounts_uow(read_only=True), TARO)] == ["phone"]
    app_passwords.revoke_app_password(pages.accounts_uow(), TARO, made.app_password.name)
    rules.set_vacation(pages.accounts_uow(audit=note("vacation.set")), TARO, Vacation(text="away"))
    rules.set_vacation(pages.accounts_uow(), TARO, None)
    domains.remove_domain(pages.accounts_uow(audit=note("domain.remove")), files, TARO.domain, force=True)
    assert pages.access.audit.verify().intact


def test_people_log_in_with_two_steps_and_are_logged_out(pages: House) -> None:
    access, alice = pages.access, Who(WhoKind.ADMINISTRATOR, "alice")
    access.administrators.accept(access.administrators.invite("alice", Role.OWNER, by="cli:root").token, PASSWORD)
    session = access.log_in("alice", PASSWORD, client_address="100.64.0.7").session
    enrolment = access.second_factors.begin(alice)
    code = pyotp.TOTP(enrolment.secret).at(SystemClock().now())
    recovery, *_ = access.second_factors.confirm(alice, code, by=str(alice), but=session)
    logged_in = access.log_in("alice", PASSWORD, recovery, client_address="100.64.0.7")
    assert access.find_session(logged_in.token) is not None
    access.sessions.end(session.id, who=alice, by=str(alice))
    access.second_factors.turn_off(alice, by=str(alice))
    access.administrators.invite_again("alice", by=str(alice))
    renewed = access.login.change_password(logged_in.session, PASSWORD, OTHER, client_address="100.64.0.7")
    access.log_out(renewed.token)
    bob = access.administrators.accept(access.administrators.invite("bob", Role.VIEWER, by=str(alice)).token, OTHER)
    access.administrators.change_role(bob.name, Role.OWNER, by=str(alice))
    access.administrators.invite("carol", Role.VIEWER, by=str(bob.who))
    access.administrators.change_role(bob.name, Role.OPERATOR, by=str(alice))
    assert access.administrators.invitations() == ()
    access.administrators.remove(bob.name, by=str(alice))
    assert access.audit.verify().intact


def test_a_message_is_released_and_another_deleted(houses: tuple[House, House]) -> None:
    commands, pages = houses
    domains.add_domain(commands.accounts_uow(), commands.clock, MIA.domain)
    mailboxes.add_mailbox(commands.accounts_uow(), commands.clock, commands.password_hasher(), MIA, password=PASSWORD)
    commands.directory.refresh()
    pages.directory.refresh()
    asyncio.run(_release_and_delete(commands, pages))
    assert pages.scanning.book().items() == ()
    assert len(pages.trace_reader().search("", since=None, limit=10)) == 2


async def _release_and_delete(commands: House, pages: House) -> None:
    store = FakeMailStore({MIA: 0})
    for _ in range(2):
        await _set_aside(commands, store)
    first, second = pages.scanning.book().items()
    with closing(pages.ledger_transactions()) as ledger:
        quarantine = pages.scanning.quarantine(ledger, store)
        await quarantine.release(first)
        await quarantine.delete(second)
    assert len(store.copies[MIA]) == 1


async def _set_aside(house: House, store: FakeMailStore) -> DeliveryId:
    made = new_delivery_id(house.clock.now())
    envelope = Envelope("bad@street.example", str(MIA), house.clock.now(), len(CONTENT))
    with closing(house.ledger_transactions()) as ledger:
        ingest = Ingest(
            directory=house.directory,
            scanner=FakeScanner(Verdict(VerdictAction.QUARANTINE, ("virus Eicar-Test",))),
            store=store,
            quarantine=house.scanning.files(),
            ledger=ledger,
            clock=house.clock,
            rules=IngestRules(hostname="machiya.home.test"),
        )
        await ingest(InboundMessage(made, envelope, hashlib.md5(CONTENT).hexdigest(), CONTENT))
    return made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "DELETE FROM audit_head",
        "DROP TABLE audit_log", "DROP TRIGGER audit_log_no_delete", "TRUNCATE audit_log",
        "ALTER TABLE mailboxes ADD COLUMN x INT", "SELECT * FROM edge_state", "SELECT * FROM relay_events",
        "DELETE FROM deliveries", "DELETE FROM trace_events", "UPDATE alembic_version SET version_num = '0001'",
        "INSERT INTO outgoing_messages (id) VALUES ('x')", "SELECT * FROM mysql.global_priv", "CREATE USER evil",
        "SELECT * FROM roundcube.users", "SELECT LOAD_FILE('/etc/hostname') INTO OUTFILE '/tmp/x'",
    ],
)  # fmt: skip
def test_its_user_may_do_nothing_else(
    houses: tuple[House, House], mariadb: MariaDbServer, secrets: Path, statement: str
) -> None:
    del houses
    connection = pymysql.connect(
        unix_socket=str(mariadb.socket), user="usermgmt", database="machiya", connect_timeout=60,
        password=(secrets / "usermgmt_database_password").read_text(),
    )  # fmt: skip
    with closing(connection), connection.cursor() as cursor, pytest.raises(pymysql.err.MySQLError, match="denied"):
        cursor.execute(statement)
