"""The one file, validated: ``machiya.toml``, the environment and the secrets. The only reader of configuration."""

from machiya.settings.checks import secret_mistake
from machiya.settings.edge_sections import EdgeSettings, FrontDoorSettings
from machiya.settings.engine_sections import DockerSettings, TlsSettings, TunnelSettings, VpnSettings
from machiya.settings.field import Port, Seconds, Section, Size
from machiya.settings.house_sections import DatabaseSettings, HouseSettings, StorageSettings
from machiya.settings.jobs_section import JobsSettings
from machiya.settings.mail_sections import LmtpSettings, MailApiSettings, MailSettings
from machiya.settings.names import did_you_mean
from machiya.settings.reading import HOUSE_VARIABLE, Origin, house_folder, load, origins
from machiya.settings.relay_sections import PRESETS, Relay, RelayChoice, RelaySettings, SubmissionSettings
from machiya.settings.sample import sample
from machiya.settings.scanner_section import ScannerSettings
from machiya.settings.schema import DATABASE_NAME, SECTIONS, Settings
from machiya.settings.secret_section import Secrets
from machiya.settings.sources import CONFIGURATION_FILE, HOST_KEY_FILE, SECRETS_FILE
from machiya.settings.time_zone import time_zone_here
from machiya.settings.usermgmt_section import UsermgmtSettings
from machiya.settings.vault_section import VaultSettings

__all__ = [
    "CONFIGURATION_FILE",
    "DATABASE_NAME",
    "HOST_KEY_FILE",
    "HOUSE_VARIABLE",
    "PRESETS",
    "SECRETS_FILE",
    "SECTIONS",
    "DatabaseSettings",
    "DockerSettings",
    "EdgeSettings",
    "FrontDoorSettings",
    "HouseSettings",
    "JobsSettings",
    "LmtpSettings",
    "MailApiSettings",
    "MailSettings",
    "Origin",
    "Port",
    "Relay",
    "RelayChoice",
    "RelaySettings",
    "ScannerSettings",
    "Seconds",
    "Secrets",
    "Section",
    "Settings",
    "Size",
    "StorageSettings",
    "SubmissionSettings",
    "TlsSettings",
    "TunnelSettings",
    "UsermgmtSettings",
    "VaultSettings",
    "VpnSettings",
    "did_you_mean",
    "house_folder",
    "load",
    "origins",
    "sample",
    "secret_mistake",
    "time_zone_here",
]
