"""The only place where a port meets its adapter."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.adapters.age.secret_file import SecretFile
from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.files.house import HouseFolder, make_private_folder
from machiya.bootstrap.scanning import Scanning
from machiya.core.clock import Clock, SystemClock
from machiya.settings import Settings, load

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from machiya.accounts.ports import AccountsUnitOfWork, MailboxFiles, PasswordHasher
    from machiya.accounts.snapshot import AddressSnapshot
    from machiya.adapters.files.lock import FileLock
    from machiya.adapters.hold.folder import HoldFolder
    from machiya.adapters.house_api.client import HouseApi
    from machiya.adapters.maildir.reader import MaildirReader
    from machiya.adapters.shell.embedded import EmbeddedParts
    from machiya.adapters.shell.part import PartStatus as PartStatus
    from machiya.adapters.shell.run_state import PartReport as PartReport
    from machiya.adapters.shell.supervisor import Supervisor as Supervisor
    from machiya.mail.ports import EdgeBook, LedgerTransactions, MailStore, TraceReader


# Adapters are imported where they are made: SQLAlchemy and its kind cost more than most commands.
# ruff: noqa: PLC0415

_LMTP_SETTLING = timedelta(seconds=10)


class House:
    """One house: its folder, its settings and the parts made from them.

    Args:
        root: the folder, absolute; ``settings`` are read when first asked for.
    """

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        self.root = root
        self.clock: Clock = clock or SystemClock()
        self.folder = HouseFolder(root)
        self.secrets = SecretFile(root, write_atomically, self.clock)

    @cached_property
    def settings(self) -> Settings:
        """Merged and checked.

        Raises:
            ConfigurationError: with every mistake.
        """
        return load(self.root)

    # ------------------------------------------------------------------ places

    @property
    def run_folder(self) -> Path:
        """Locks and process states; lost without harm."""
        return self._folder(self.root / "data" / "run")

    @property
    def log_folder(self) -> Path:
        """Logs of the parts."""
        return self._folder(self.root / "data" / "log")

    @property
    def mail_folder(self) -> Path:
        """The Maildirs."""
        return self._folder(self.settings.storage.bulk / "mail")

    @property
    def hold_folder(self) -> Path:
        """What the front door holds."""
        return self._folder(self.settings.storage.bulk / "hold")

    def _folder(self, path: Path) -> Path:
        make_private_folder(path)
        return path

    def prepare_storage(self) -> None:
        """Make the folders of every storage class and bring the database up to date."""
        folders = (self.mail_folder, self.scanning.folder, self.hold_folder, self.run_folder)
        for folder in (self.settings.storage.fast, *folders):
            self._folder(folder)
        self.migrate()

    def lock(self, name: str) -> "FileLock":
        """One process at a time for ``name``; given back by the kernel when its holder dies."""
        from machiya.adapters.files.lock import FileLock

        return FileLock(
            self.run_folder / f"{name}.lock", "running this house" if name == "up" else f"{name} of this house"
        )

    # ---------------------------------------------------------------- database

    @cached_property
    def engine(self) -> "Engine":
        """The database."""
        from machiya.adapters.sql.engine import open_engine, sqlite_url

        url = self.settings.database_url
        return open_engine(url or sqlite_url(self._folder(self.settings.storage.fast) / "machiya.sqlite3"))

    def migrate(self) -> None:
        """Bring the database to this program's revision.

        Raises:
            Refused: a newer Machiya has migrated it.
            Unavailable: it cannot be reached or written.
        """
        from machiya.adapters.sql.migrate import upgrade

        upgrade(self.engine)

    def accounts_uow(self, *, read_only: bool = False) -> "AccountsUnitOfWork":
        """One transaction over the accounts."""
        from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork

        return SqlAccountsUnitOfWork(self.engine, read_only=read_only)

    def ledger_transactions(self) -> "LedgerTransactions":
        """The ledger's writer; close it."""
        from machiya.adapters.sql.group_commit import GroupCommit

        return GroupCommit(self.engine)

    def trace_reader(self) -> "TraceReader":
        """Questions about journeys."""
        from machiya.adapters.sql.trace_reader import SqlTraceReader

        return SqlTraceReader(self.engine)

    def edge_book(self) -> "EdgeBook":
        """What the house knows of the edge."""
        from machiya.adapters.sql.edge_book import SqlEdgeBook

        return SqlEdgeBook(self.engine)

    # ------------------------------------------------------------------- rooms

    def password_hasher(self) -> "PasswordHasher":
        """Argon2id."""
        from machiya.adapters.passwords.argon2id import Argon2idHasher

        return Argon2idHasher()

    def mailbox_files(self) -> "MailboxFiles":
        """The mail behind a mailbox."""
        from machiya.adapters.maildir.files import MaildirFiles

        return MaildirFiles(self.mail_folder, self.clock)

    def maildir_reader(self) -> "MaildirReader":
        """Reads messages for the terminal."""
        from machiya.adapters.maildir.reader import MaildirReader

        return MaildirReader(self.mail_folder)

    @cached_property
    def directory(self) -> "AddressSnapshot":
        """The address table in memory, read once; ``directory.refresh()`` follows the accounts.

        Raises:
            Unavailable: the database cannot be read.
        """
        from machiya.accounts.snapshot import AddressSnapshot
        from machiya.core.addresses import EmailAddress

        owner = self.settings.house.owner
        snapshot = AddressSnapshot(
            lambda: self.accounts_uow(read_only=True), EmailAddress.parse(owner) if owner else None
        )
        snapshot.refresh()
        return snapshot

    def mail_store(self) -> "MailStore":
        """Where messages go, as ``mail.store`` says; close it."""
        return self._lmtp_store() if self.settings.mail.store == "lmtp" else self._maildir_store()

    def _maildir_store(self) -> "MailStore":
        from machiya.adapters.maildir.store import MaildirStore

        return MaildirStore(self.mail_folder, quota_of=self.directory.quota_bytes, clock=self.clock)

    def _lmtp_store(self) -> "MailStore":
        from machiya.adapters.dovecot.doveadm import DoveadmLocator
        from machiya.adapters.dovecot.lmtp.store import LmtpStore

        lmtp, key = self.settings.lmtp, self.settings.secrets.doveadm_api_key.get_secret_value()
        locate = DoveadmLocator(lmtp.doveadm_url, key, lmtp.timeout_seconds)
        hostname = self.settings.house.hostname
        return LmtpStore(lmtp.host, lmtp.port, lmtp.connections, lmtp.timeout_seconds, locate, hostname=hostname)

    @cached_property
    def scanning(self) -> Scanning:
        """The scanner and the quarantine."""
        return Scanning(self.settings, self.clock, lambda: self.engine, lambda: self.directory)

    @property
    def store_settling(self) -> timedelta:
        """How long a store may go on with a delivery after the process that asked for it has died."""
        return _LMTP_SETTLING if self.settings.mail.store == "lmtp" else timedelta()

    def hold(self) -> "HoldFolder":
        """What the front door holds."""
        from machiya.adapters.hold.folder import HoldFolder

        return HoldFolder(self.hold_folder)

    def house_api(self) -> "HouseApi":
        """The signed calls from the front door to the door; close it.

        Raises:
            IndexError: there is no signing key; ask ``signing_keys`` first.
        """
        from machiya.adapters.house_api.client import HouseApi

        door = self.settings.mail_api
        host = f"[{door.host}]" if ":" in door.host else door.host
        return HouseApi(f"http://{host}:{door.port}", self.signing_keys()[0], self.clock)

    def embedded_parts(self) -> "EmbeddedParts":
        """The processes of the embedded house, for up, down and status."""
        from machiya.adapters.shell.embedded import EmbeddedParts
        from machiya.adapters.shell.part import Listener

        api, door = self.settings.mail_api, self.settings.front_door
        return EmbeddedParts(
            root=self.root,
            door=Listener("mail_api.port", api.host, api.port),
            private=Listener("mail_api.private_port", api.private_host, api.private_port),
            street=Listener("front_door.port", door.host, door.port),
            run_folder=self.run_folder,
            log_folder=self.log_folder,
            clock=self.clock,
        )

    def signing_keys(self) -> Sequence[str]:
        """The keys that sign what the edge sends, the present one first."""
        secrets = self.settings.secrets
        keys = (secrets.edge_signing_key.get_secret_value(), secrets.edge_signing_key_next.get_secret_value())
        return tuple(key for key in keys if key)

    def recipient_key(self) -> str:
        """The key of the address hashes."""
        return self.settings.secrets.edge_recipient_key.get_secret_value()

    def not_ready(self) -> Sequence[str]:
        """Why mail cannot be taken now; empty: it can. Blocks on the database."""
        from machiya.core.errors import MachiyaError

        reasons = [] if self.signing_keys() else ["no edge_signing_key in secrets.age"]
        try:
            with self.accounts_uow(read_only=True) as work:
                work.accounts.version()
        except MachiyaError as error:
            reasons.append(error.message)
        return reasons


def house_at(root: Path) -> House:
    """The house in ``root``, which may not be built yet."""
    return House(root)


def open_house(root: Path) -> House:
    """A house that stands, its settings checked.

    Raises:
        NotAHouse: there is none in ``root``.
        ConfigurationError: with every mistake.
    """
    house = House(root)
    house.folder.require()
    _ = house.settings
    return house


def rescue_confirmed(root: Path) -> bool:
    """Whether the owner said that the rescue sheet is kept off the box."""
    secrets = House(root).secrets
    return secrets.recovery_path.exists() and secrets.recovery().confirmed
