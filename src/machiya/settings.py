"""The one file, validated: ``machiya.toml``, the environment and the secrets. The only reader of configuration."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from machiya.core.sizes import MIB, parse_size


def _size(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


Size = Annotated[int, BeforeValidator(_size)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A part of the file: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HouseSettings(Section):
    """[house]"""

    hostname: str = "machiya.home.test"
    owner: str = ""
    engine: Literal["embedded"] = "embedded"


class StorageSettings(Section):
    """[storage] – relative paths start at the house's folder"""

    fast: Path = Path("data/fast")
    bulk: Path = Path("data/bulk")
    backup: Path = Path("data/backup")


class DatabaseSettings(Section):
    """[database] – empty url: SQLite under storage.fast"""

    url: str = ""


class MailApiSettings(Section):
    """[mail_api]"""

    host: str = "127.0.0.1"
    port: Port = 8025
    private_host: str = "127.0.0.1"
    private_port: Port = 8026


class MailSettings(Section):
    """[mail]"""

    message_bytes: Annotated[Size, Field(ge=MIB, le=100 * MIB)] = 25 * MIB
    buffer_bytes: Annotated[Size, Field(ge=MIB)] = 48 * MIB
    max_hops: Annotated[int, Field(ge=5, le=200)] = 50
    lease_seconds: Annotated[int, Field(ge=5, le=3600)] = 120
    store: Literal["maildir", "lmtp"] = "maildir"
    store_subjects: bool = True
    default_quota: Size = 0


class LmtpSettings(Section):
    """[lmtp]"""

    host: str = "127.0.0.1"
    port: Port = 24
    connections: Annotated[int, Field(ge=1, le=64)] = 4
    timeout_seconds: Annotated[float, Field(gt=0)] = 60


class EdgeSettings(Section):
    """[edge]"""

    hold_days: Annotated[int, Field(ge=1, le=365)] = 14
    sweep_interval_seconds: Annotated[float, Field(gt=0)] = 1
    recipients_interval_seconds: Annotated[float, Field(gt=0)] = 5
    sweep_batch: Annotated[int, Field(ge=1, le=1000)] = 100


class FrontDoorSettings(Section):
    """[front_door]"""

    host: str = "127.0.0.1"
    port: Port = 2525


class Secrets(Section):
    """What secrets.age holds; never in the file, never logged."""

    edge_signing_key: SecretStr = SecretStr("")
    edge_signing_key_next: SecretStr = SecretStr("")
    edge_recipient_key: SecretStr = SecretStr("")


class Settings(Section):
    """Everything, after all sources were merged."""

    house: HouseSettings = HouseSettings()
    storage: StorageSettings = StorageSettings()
    database: DatabaseSettings = DatabaseSettings()
    mail_api: MailApiSettings = MailApiSettings()
    mail: MailSettings = MailSettings()
    lmtp: LmtpSettings = LmtpSettings()
    edge: EdgeSettings = EdgeSettings()
    front_door: FrontDoorSettings = FrontDoorSettings()
    secrets: Secrets = Secrets()
    root: Path = Field(default=Path("house"), exclude=True)
