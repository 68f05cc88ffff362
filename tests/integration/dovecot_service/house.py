"""The house's own MariaDB and Dovecot, from the catalogue as rendered, without the rest of the house."""

import os
import shutil
import subprocess  # noqa: TID251 – a test lane asks the engine itself
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pymysql
from sqlalchemy import Engine

from fakes.stacks_samples import facts_at
from integration.dovecot_service.certificate import Certificate
from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.accounts.rules.model import Rules
from machiya.adapters.docker.compose import Compose
from machiya.adapters.dovecot.sessions import DoveadmSessions
from machiya.adapters.mariadb.administration import MariaDbAdministration
from machiya.adapters.mariadb.users import DatabaseUser
from machiya.adapters.passwords.argon2id import Argon2idHasher
from machiya.adapters.shell.commands import ShellCommands
from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork
from machiya.adapters.sql.engine import open_engine
from machiya.adapters.sql.migrate import upgrade
from machiya.bootstrap.workshop import Workshop
from machiya.core.addresses import EmailAddress
from machiya.core.clock import SystemClock
from machiya.stacks.compose import volume_path
from machiya.stacks.model import Service, Storage
from machiya.stacks.networks import Network, address
from machiya.stacks.render import render, render_secrets
from machiya.stacks.services import services

PROJECT = "machiya-dovecot-lane"
FOLDER = f"{PROJECT}-"
PREFIX = "10.234"
PASSWORD = "correct horse"
WAIT_SECONDS = 240.0
SECRETS = {
    "dovecot_database_password": "a\"b\\c#d'e",
    "doveadm_api_key": 'a key # with "signs"',
    "rspamd_controller_password": "controller",
}


class MailHouse:
    """Starts with a ``with`` block. ``work()`` is a transaction over its accounts."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix=FOLDER))
        self.certificate = Certificate(self.root)
        self.facts = facts_at(self.root, project=PROJECT, network_prefix=PREFIX)
        commands = ShellCommands(os.environ)  # noqa: TID251 – programs need a PATH
        self._compose = Compose(commands, PROJECT, self.root / "rendered/compose.yaml")

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Both, published nowhere: the tests come over the networks."""
        found = [one for one in services(self.facts) if one.name in ("dovecot", "mariadb")]
        return tuple(replace(one, publishes=()) for one in found)

    @property
    def mail(self) -> Path:
        """The folder of all mailboxes."""
        return self.root / "bulk/mail"

    @property
    def inside(self) -> str:
        """Dovecot's address for the house."""
        return address(PREFIX, Network.MAILSERVER, "dovecot")

    @property
    def vpn(self) -> str:
        """Dovecot's address for mail programs."""
        return address(PREFIX, Network.VPN, "dovecot")

    def __enter__(self) -> Self:
        sweep(keep=self.root)
        try:
            self._prepare()
            self.start("mariadb")
            self._fill_database()
            self.start("dovecot")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()
        sweep()

    def start(self, service: str) -> None:
        """Start a service and wait until it is healthy."""
        self._compose.up([service])
        wait_for(lambda: self.health(service) == "healthy", f"{service} is not healthy", self.log)

    def stop(self, service: str) -> None:
        """Stop it at once; it stays stopped."""
        docker("stop", "--time", "0", f"{PROJECT}-{service}")

    def signal(self, service: str, name: str) -> None:
        """A signal to its first process."""
        docker("kill", "--signal", name, f"{PROJECT}-{service}")

    def execute(self, service: str, *command: str) -> str:
        """Run ``command`` in its container; what it printed."""
        return docker("exec", f"{PROJECT}-{service}", *command)

    def health(self, service: str) -> str:
        """What the engine thinks of it."""
        return docker("inspect", "--format", "{{.State.Health.Status}}", f"{PROJECT}-{service}").strip()

    def log(self, service: str = "dovecot") -> str:
        """All it said."""
        return docker("logs", f"{PROJECT}-{service}")

    def add_mailbox(self, login: str, *, quota_bytes: int = 0, enabled: bool = True) -> str:
        """A mailbox whose password is ``PASSWORD``."""
        address, now = EmailAddress.parse(login), SystemClock().now()
        with self.work() as work:
            work.accounts.save_domain(Domain(address.domain, now))
            work.accounts.save_mailbox(Mailbox(address, now, self._hash, quota_bytes, enabled))
            work.commit()
        return login

    def publish_rules(self, rules: Rules, own_addresses: Sequence[EmailAddress] = ()) -> None:
        """Give a mailbox these rules, and these aliases; empty ones: none."""
        now = SystemClock().now()
        with self.work() as work:
            for address in own_addresses:
                work.accounts.save_domain(Domain(address.domain, now))
                work.accounts.save_alias(Alias(address, (rules.address,), now))
            work.accounts.save_rules(rules)
            work.commit()

    def publish_script(self, login: str, script: str) -> None:
        """Give a mailbox this very script, until the next change of the accounts."""
        self.say("REPLACE INTO published_rules (login, script_id, script) VALUES (%s, 'its own', %s)", (login, script))

    def work(self) -> SqlAccountsUnitOfWork:
        """A transaction over the accounts, as the house's commands have it."""
        return SqlAccountsUnitOfWork(self._engine)

    @property
    def sessions(self) -> DoveadmSessions:
        """What mail programs have open here."""
        return DoveadmSessions(f"http://{self.inside}:8080", SECRETS["doveadm_api_key"])

    def say(self, statement: str, values: Sequence[object] = ()) -> tuple[tuple[Any, ...], ...]:
        """One statement as the administrator of the database; the rows of its answer."""
        with (
            pymysql.connect(
                user="root", unix_socket=str(self._socket), database="machiya", charset="utf8mb4", autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values or None)
            return tuple(cursor.fetchall())

    def write_secrets(self) -> None:
        """Each service's secrets, with the certificate as it is now; files are replaced, not rewritten."""
        secrets = SECRETS | {"tls_certificate": self.certificate.certificate, "tls_key": self.certificate.key}
        for secret in render_secrets(self.facts, self.services, secrets):
            file = self.facts.secrets / secret.service / secret.path
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_name(f".{file.name}")
            fresh.write_bytes(secret.content)
            fresh.chmod(secret.mode)
            os.chown(fresh, *secret.owner)
            fresh.replace(file)

    @cached_property
    def _engine(self) -> Engine:
        return open_engine(f"mysql+pymysql://root@localhost/machiya?unix_socket={self._socket}")

    @cached_property
    def _hash(self) -> str:
        return Argon2idHasher().hash(PASSWORD)

    @property
    def _socket(self) -> Path:
        return self.root / "run/mariadb/socket"

    def _prepare(self) -> None:
        self.root.chmod(0o755)
        workshop = Workshop()
        workshop.have_base("debootstrap", fresh=False)
        list(workshop.build(["dovecot", "mariadb"], fresh=False, on_step=lambda *_: None))
        for rendered in render(self.facts, self.services, workshop.tags()):
            file = self.root / "rendered" / rendered.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(rendered.content)
        self.write_secrets()
        for service in self.services:
            for volume in service.volumes:
                folder = Path(volume_path(self.facts, volume))
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.chown(folder, *(volume.owner or (service.user.uid, service.user.gid)))
                folder.chmod(0o755 if volume.storage is Storage.RUN else volume.mode)

    def _fill_database(self) -> None:
        administration = MariaDbAdministration(self._socket)
        administration.create_database("machiya")
        upgrade(self._engine)
        user = DatabaseUser("dovecot", [self.inside], SECRETS["dovecot_database_password"])
        administration.settle_access("machiya", [user])


def wait_for(
    true: Callable[[], bool], message: str, log: Callable[[], str] = str, seconds: float = WAIT_SECONDS
) -> None:
    """Until it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{message}\n{log()[-4000:]}")
        time.sleep(0.2)  # noqa: TID251 – waits for another process


def sweep(keep: Path | None = None) -> None:
    """Remove what runs of this lane left behind; only one runs at a time."""
    label = f"label=machiya.project={PROJECT}"
    for container in docker("ps", "--all", "--quiet", "--filter", label).split():
        docker("rm", "--force", "--volumes", container)
    for network in docker("network", "ls", "--quiet", "--filter", label).split():
        docker("network", "rm", network)
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)


def docker(*arguments: str) -> str:
    """What the engine said, its errors with it."""
    done = subprocess.run(  # noqa: S603 – fixed program
        ["docker", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False  # noqa: S607 – wherever it is
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(f"docker {' '.join(arguments[:3])} failed:\n{done.stdout}")
    return done.stdout
