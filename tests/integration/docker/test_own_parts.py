"""MariaDB, mail-api and the front door in containers, without the rest of the house."""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.accounts import FakePasswordHasher
from integration.docker.conftest import PREFIX
from integration.docker.house import Part, soon
from integration.ports import free_port, free_prefix
from machiya.accounts.domains import add_domain
from machiya.accounts.mailboxes import add_mailbox
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.files.host import HostFolders
from machiya.adapters.shell.commands import ShellCommands
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.commands import Finished
from machiya.stacks.containers import ServiceState
from machiya.stacks.networks import HOSTS

pytestmark = pytest.mark.docker

NAMES = ("mariadb", "mail-api", "front-door")
SECRETS = (
    "edge_signing_key", "edge_recipient_key", "doveadm_api_key", "database_password", "dovecot_database_password",
    "usermgmt_database_password", "roundcube_database_password",
)  # fmt: skip
READY = ("/opt/machiya/bin/python", "-m", "machiya.entrypoints.probe", "http://127.0.0.1:8026/health/ready")
HOME = DomainName("home.test")


@pytest.fixture(scope="module")
def part(docker: DockerCli, commands: ShellCommands) -> Iterator[Part]:
    """Up and healthy, with home.test and taro in it."""
    root = Path(tempfile.gettempdir()) / f"{PREFIX}{secrets.token_hex(4)}"  # short: a socket's path has 107 octets
    root.mkdir()
    values = {name: f"-{secrets.token_urlsafe(32)}" for name in SECRETS} | {"edge_signing_key_next": ""}
    folder = root / "values"
    folder.mkdir()
    for name, value in values.items():
        (folder / name).write_text(value)
    (root / "machiya.toml").write_text(
        f'[house]\nengine = "docker"\n[docker]\nproject = "{root.name}"\n'
        f'network_prefix = "{free_prefix(100, 60)}"\n[front_door]\nport = {free_port()}\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MACHIYA_SECRETS_FOLDER", str(folder))
        made = Part(docker, commands, root, NAMES, values)
        try:
            made.prepare()
            made.up("mariadb")
            made.house.migrate()
            add_domain(made.house.accounts_uow(), made.house.clock, HOME)
            taro = EmailAddress("taro", HOME)
            add_mailbox(made.house.accounts_uow(), made.house.clock, FakePasswordHasher(), taro)
            made.up("mail-api", "front-door")
            yield made
        finally:
            made.compose.down()
            made.house.engine.dispose()
            shutil.rmtree(root)


def ask(part: Part, user: str, secret: str, octet: int, query: str) -> Finished:
    """Ask MariaDB over its network from the address with this last octet."""
    prefix = part.facts.network_prefix
    script = (
        "import pymysql, sys; c = pymysql.connect(host=sys.argv[1], user=sys.argv[2], password=sys.argv[3], "
        "database='machiya', connect_timeout=60).cursor(); c.execute(sys.argv[4]); print(c.fetchall())"
    )
    password = getattr(part.house.settings.secrets, secret).get_secret_value()
    return part.docker.call(
        "run", "--rm", "--network", f"{part.project}_mailserver_network", "--ip", f"{prefix}.1.{octet}",
        "--name", part.container(f"ask-{octet}"), "--entrypoint", "/opt/machiya/bin/python",
        part.inspect("mail-api", "{{.Config.Image}}"),
        "-c", script, f"{prefix}.1.{HOSTS['mariadb']}", user, password, query, seconds=180,
    )  # fmt: skip


def first_process(part: Part, name: str) -> int:
    """Never 0, which the engine says while it is down: for kill that is every process of this test."""
    part.await_state(ServiceState.HEALTHY, name)
    process = int(part.inspect(name, "{{.State.Pid}}"))
    assert process > 1, part.log(name)
    return process


def test_each_daemon_reaches_its_view_from_its_own_address_only(part: Part) -> None:
    query = "SELECT login, home, quota_bytes FROM dovecot_users"
    found = ask(part, "dovecot", "dovecot_database_password", HOSTS["dovecot"], query)
    assert found.out == "(('taro@home.test', 'home.test/taro', 0),)\n", found.err
    other = ask(part, "dovecot", "dovecot_database_password", HOSTS["postfix"], query)
    assert "is not allowed to connect" in other.err
    more = ask(part, "dovecot", "dovecot_database_password", HOSTS["dovecot"], "SELECT login FROM published_mailboxes")
    assert "denied" in more.err


def test_mail_api_follows_the_accounts(part: Part) -> None:
    add_domain(part.house.accounts_uow(), part.house.clock, DomainName("late.test"))
    with part.house.accounts_uow(read_only=True) as work:
        version = work.accounts.version()
    assert soon(lambda: f'"version": {version}' in part.log("mail-api")), part.log("mail-api")


def test_frozen_database_makes_the_door_refuse_for_now_and_no_longer(part: Part) -> None:
    # Not by docker kill: the engine would think that a person ended it, and not restart it any more.
    database, door = first_process(part, "mariadb"), part.container("mail-api")
    os.kill(database, signal.SIGSTOP)
    try:
        answer = part.docker.call("exec", door, *READY)
        assert not answer.good
    finally:
        os.kill(database, signal.SIGCONT)
    assert soon(lambda: part.docker.call("exec", door, *READY).good)


def test_killed_parts_come_back_with_everything(part: Part) -> None:
    processes = [first_process(part, name) for name in NAMES]
    for process in processes:
        os.kill(process, signal.SIGKILL)
    for name in NAMES:
        assert soon(lambda name=name: int(part.inspect(name, "{{.RestartCount}}")) > 0), name  # type: ignore[misc]  # a default binds it now
    part.await_state(ServiceState.HEALTHY, *NAMES)
    with part.house.accounts_uow(read_only=True) as work:
        assert [box.address.local for box in work.accounts.mailboxes()] == ["taro"]


def test_containers_run_closed(part: Part) -> None:
    for name in NAMES:
        container = part.container(name)
        assert not part.docker.call("exec", container, "touch", "/usr/x").good
        status = part.docker.ask("exec", container, "cat", "/proc/1/status")
        assert "CapEff:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status
        assert "Uid:\t0\t" not in status


def test_mail_of_the_embedded_house_is_given_to_the_mail_user(tmp_path: Path) -> None:
    mail, outside = tmp_path / "mail", tmp_path / "outside"
    (mail / "home.test/you/Maildir/new").mkdir(parents=True)
    (mail / "home.test/you/Maildir/new/1").write_bytes(b"kept")
    outside.touch()
    (mail / "home.test/link").symlink_to(outside)
    host = HostFolders(tmp_path / "run/home", tmp_path / "news.json", lambda _: None)
    for _ in range(2):
        host.make_folder(mail, 0o700, (5000, 5000))
        assert {path.lstat().st_uid for path in (mail, *mail.rglob("*"))} == {5000}
    assert (outside.stat().st_uid, (mail / "home.test/you/Maildir/new/1").read_bytes()) == (0, b"kept")
