"""The whole of it: every section in the order of machiya.toml, and what follows from several."""

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field

from machiya.settings.backup_section import BackupSettings
from machiya.settings.edge_sections import EdgeSettings, FrontDoorSettings
from machiya.settings.engine_sections import DockerSettings, TlsSettings, TunnelSettings, VpnSettings
from machiya.settings.field import Section
from machiya.settings.house_sections import DatabaseSettings, HouseSettings, StorageSettings
from machiya.settings.jobs_section import JobsSettings
from machiya.settings.mail_sections import LmtpSettings, MailApiSettings, MailSettings
from machiya.settings.relay_sections import RelaySettings, SubmissionSettings
from machiya.settings.scanner_section import ScannerSettings
from machiya.settings.secret_section import Secrets
from machiya.settings.usermgmt_section import UsermgmtSettings
from machiya.settings.vault_section import VaultSettings
from machiya.settings.webmail_section import WebmailSettings

DATABASE_NAME = "machiya"


class Settings(Section):
    """Everything, after all sources were merged; ``root`` is the house's folder, absolute."""

    house: HouseSettings = HouseSettings()
    storage: StorageSettings = StorageSettings()
    backup: BackupSettings = BackupSettings()
    database: DatabaseSettings = DatabaseSettings()
    mail_api: MailApiSettings = MailApiSettings()
    mail: MailSettings = MailSettings()
    lmtp: LmtpSettings = LmtpSettings()
    edge: EdgeSettings = EdgeSettings()
    front_door: FrontDoorSettings = FrontDoorSettings()
    docker: DockerSettings = DockerSettings()
    tunnel: TunnelSettings = TunnelSettings()
    vpn: VpnSettings = VpnSettings()
    tls: TlsSettings = TlsSettings()
    scanner: ScannerSettings = ScannerSettings()
    relay: RelaySettings = RelaySettings()
    submission: SubmissionSettings = SubmissionSettings()
    usermgmt: UsermgmtSettings = UsermgmtSettings()
    webmail: WebmailSettings = WebmailSettings()
    vault: VaultSettings = VaultSettings()
    jobs: JobsSettings = JobsSettings()
    secrets: Secrets = Secrets()
    root: Path = Field(default=Path("house"), exclude=True)

    @property
    def database_url(self) -> str:
        """``database.url`` with the secret password put in; empty where the house uses SQLite.

        A house in containers has its MariaDB, which this machine reaches through a socket.
        """
        url = self.database.url or self._own_mariadb()
        parts = urlsplit(url)
        password = self.secrets.database_password.get_secret_value()
        if not password or not parts.hostname or parts.password:
            return url
        user, at, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}{at or '@'}{host}"))

    @property
    def database_socket(self) -> Path:
        """Where the MariaDB of a house in containers listens for this machine."""
        return self.root / "data" / "run" / "mariadb" / "socket"

    @property
    def usermgmt_url(self) -> str:
        """Where browsers find usermgmt, without a slash at the end."""
        usermgmt = self.usermgmt
        if usermgmt.public_url:
            return usermgmt.public_url
        if self.house.engine == "docker":
            # The house's own CA vouches for the address too, and nobody has to make a name resolve.
            own = self.vpn.address if self.tls.source == "local-ca" else self.house.hostname
            return f"https://{self.tls.hostname or own}:{usermgmt.vpn_port}"
        host = f"[{usermgmt.host}]" if ":" in usermgmt.host else usermgmt.host
        return f"{'https' if usermgmt.certificate else 'http'}://{host}:{usermgmt.port}"

    @property
    def webmail_hostname(self) -> str:
        """``webmail.hostname``, or ``webmail.example.jp`` beside a tunnel at ``mail.example.jp``."""
        _, _, rest = self.tunnel.hostname.partition(".")
        return self.webmail.hostname or f"webmail.{rest if '.' in rest else self.tunnel.hostname}"

    def _own_mariadb(self) -> str:
        if self.house.engine != "docker":
            return ""
        return f"mysql+pymysql://machiya@localhost/{DATABASE_NAME}?unix_socket={quote(str(self.database_socket))}"


SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}
SECRETS = "secrets"
