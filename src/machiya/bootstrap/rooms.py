"""What the rooms are given: stores, directories, keys, calls."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from machiya.bootstrap.database import Database
from machiya.bootstrap.scanning import Scanning
from machiya.stacks.catalogue.dovecot import service as dovecot
from machiya.stacks.networks import Network, address

if TYPE_CHECKING:
    from machiya.access.access import Access
    from machiya.accounts.ports import AccountsUnitOfWork, MailboxFiles, PasswordHasher, Sessions
    from machiya.accounts.rules.changes import MailboxRules
    from machiya.accounts.snapshot import AddressSnapshot
    from machiya.adapters.hold.folder import HoldFolder
    from machiya.adapters.house_api.client import HouseApi
    from machiya.adapters.maildir.reader import MaildirReader
    from machiya.bootstrap.certificates import Certificates
    from machiya.bootstrap.walls import Walls
    from machiya.mail.ports import MailStore
    from machiya.settings import LmtpSettings

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

_LMTP_SETTLING = timedelta(seconds=10)


class Rooms(Database):
    """Ports of the rooms with the adapters that the settings ask for."""

    def password_hasher(self) -> "PasswordHasher":
        """Argon2id."""
        from machiya.adapters.passwords.argon2id import Argon2idHasher

        return Argon2idHasher()

    @cached_property
    def access(self) -> "Access":
        """Administrators, log-ins, sessions, second factors, the audit log."""
        from machiya.bootstrap.access import make_access

        return make_access(self)

    def invitation_link(self, token: str) -> str:
        """Where an invited administrator chooses a password."""
        from machiya.bootstrap.access import invitation_link

        return invitation_link(self.settings, token)

    def mailbox_files(self) -> "MailboxFiles":
        """The mail behind a mailbox: its files, or what Dovecot tells of them where they are not."""
        from machiya.adapters.dovecot.mailbox_files import DoveadmMailboxFiles
        from machiya.adapters.maildir.files import MaildirFiles

        if self.in_containers and not (self.settings.storage.bulk / "mail").is_dir():
            key = self.settings.secrets.doveadm_api_key.get_secret_value()
            return DoveadmMailboxFiles(self._lmtp.doveadm_url, key)
        return MaildirFiles(self.mail_folder, self.clock)

    def rules(self, work: "AccountsUnitOfWork | None" = None) -> "MailboxRules":
        """Vacation, forwarding and filters, changed in ``work`` (none: a transaction of its own)."""
        from machiya.accounts.rules.changes import MailboxRules

        return MailboxRules(work or self.accounts_uow(), carried_out=self.in_containers)

    def maildir_reader(self) -> "MaildirReader":
        """Reads messages for the terminal."""
        from machiya.adapters.maildir.reader import MaildirReader

        return MaildirReader(self.mail_folder)

    def sessions(self) -> "Sessions":
        """What mail programs have open; a house that writes Maildirs itself has nobody who lets them in."""
        from machiya.accounts.sessions import NO_SESSIONS
        from machiya.adapters.dovecot.sessions import DoveadmSessions

        key = self.settings.secrets.doveadm_api_key.get_secret_value()
        return DoveadmSessions(self._lmtp.doveadm_url, key) if self._over_lmtp else NO_SESSIONS

    @cached_property
    def directory(self) -> "AddressSnapshot":
        """The address table in memory, read once; ``directory.refresh()`` follows the accounts.

        Raises:
            Unavailable: the database cannot be read.
        """
        from machiya.accounts.snapshot import AddressSnapshot

        snapshot = AddressSnapshot(lambda: self.accounts_uow(read_only=True), self._owner())
        snapshot.refresh()
        return snapshot

    def mail_store(self) -> "MailStore":
        """Where messages go, as ``mail.store`` says, in a house in containers always Dovecot; close it."""
        return self._lmtp_store() if self._over_lmtp else self._maildir_store()

    @property
    def _over_lmtp(self) -> bool:
        return self.in_containers or self.settings.mail.store == "lmtp"

    @property
    def _lmtp(self) -> "LmtpSettings":
        """This machine and mail-api's container reach Dovecot at the same address."""
        lmtp = self.settings.lmtp
        if not self.in_containers:
            return lmtp
        host = address(self.settings.docker.network_prefix, Network.MAILSERVER, "dovecot")
        own = {"host": host, "port": dovecot.LMTP_PORT, "doveadm_url": f"http://{host}:{dovecot.DOVEADM_PORT}"}
        return lmtp.model_copy(update=own)

    @property
    def webmail_address(self) -> str:
        """From where webmail calls usermgmt, in a house in containers."""
        return address(self.settings.docker.network_prefix, Network.MAILSERVER, "roundcube")

    def _maildir_store(self) -> "MailStore":
        from machiya.adapters.maildir.store import MaildirStore

        return MaildirStore(self.mail_folder, quota_of=self.directory.quota_bytes, clock=self.clock)

    def _lmtp_store(self) -> "MailStore":
        from machiya.adapters.dovecot.doveadm import DoveadmLocator
        from machiya.adapters.dovecot.lmtp.store import LmtpStore

        lmtp, key = self._lmtp, self.settings.secrets.doveadm_api_key.get_secret_value()
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
        return _LMTP_SETTLING if self._over_lmtp else timedelta()

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

        tunnel = self.settings.front_door.tunnel
        if tunnel:
            return HouseApi(
                f"http://{tunnel}", self.signing_keys()[0], self.clock, hostname=self.settings.tunnel.hostname
            )
        door = self.settings.mail_api
        host = f"[{door.host}]" if ":" in door.host else door.host
        return HouseApi(f"http://{host}:{door.port}", self.signing_keys()[0], self.clock)

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

    def certificates(self) -> "Certificates":
        """The certificate for mail programs."""
        from machiya.bootstrap.certificates import Certificates
        from machiya.bootstrap.workshop import shell_commands

        return Certificates(self.settings, self.clock, shell_commands())

    def walls(self) -> "Walls":
        """The fence around the house in containers."""
        from machiya.bootstrap.containers import facts_of
        from machiya.bootstrap.walls import Walls
        from machiya.bootstrap.workshop import shell_commands

        return Walls(facts_of(self.settings), shell_commands())
