"""Every setting of the house: its name, default, unit, limits and description in English and Japanese."""

from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr

from machiya.core.sizes import MIB
from machiya.settings.field import Port, Seconds, Section, Size, setting
from machiya.settings.scanner import ScannerSettings


class HouseSettings(Section):
    """[house]"""

    about: ClassVar = ("The house itself.", "この家そのものの設定です。")

    hostname: str = setting(
        "machiya.home.test",
        en="The name this house gives itself, in the Received lines of mail and in SMTP greetings.",
        ja="この家が名乗る名前です。メールの Received 行と SMTP の挨拶に使います。",
    )
    owner: str = setting(
        "",
        en="The mail address of the person who runs the house: gets what concerns it. Empty: nobody yet.",
        ja="この家を運用する人のメールアドレスです。家に関する知らせの宛先になります。空なら未設定です。",
    )
    engine: Literal["embedded"] = setting(
        "embedded",
        en="How the parts run: as plain processes of this machine on SQLite.",
        ja="各部の動かし方です。このマシンの普通のプロセスとして、SQLite の上で動きます。",
    )
    open_ports_reason: str = setting(
        "",
        en="Why a port may listen on every interface or a public address; empty: refused. No port needs to be open.",
        ja="全インターフェースや公開アドレスで待ち受けてよい理由です。空なら拒否します。本来、開けるポートは不要です。",
    )


class StorageSettings(Section):
    """[storage] – relative paths start at the house's folder"""

    about: ClassVar = (
        "Where things are stored; relative paths start at the house's folder.",
        "データの置き場所です。相対パスはこの家のフォルダーから数えます。",
    )

    fast: Path = setting(
        Path("data/fast"),
        en="Quick disk (SSD): database, spool, state.",
        ja="速いディスク（SSD）。データベース、スプール、状態を置きます。",
    )
    bulk: Path = setting(
        Path("data/bulk"),
        en="Large disk (HDD): mail, sites, logs.",
        ja="大きいディスク（HDD）。メール、サイト、ログを置きます。",
    )
    backup: Path = setting(
        Path("data/backup"),
        en="A second disk for snapshots, not the one that holds the others.",
        ja="スナップショット用の 2 台目のディスク。上の 2 つとは別のディスクにします。",
    )


class DatabaseSettings(Section):
    """[database] – empty url: SQLite under storage.fast"""

    about: ClassVar = ("The database.", "データベースの設定です。")

    url: str = setting(
        "",
        en="SQLAlchemy URL without password (that is the secret database_password). Empty: SQLite under storage.fast.",
        ja=(
            "SQLAlchemy の URL です。パスワードは書きません（秘密 database_password に入れます）。"
            "空なら storage.fast の SQLite です。"
        ),
    )


class MailApiSettings(Section):
    """[mail_api]"""

    about: ClassVar = (
        "The door that takes signed messages from the edge.",
        "エッジから署名付きメッセージを受け取る入口です。",
    )

    host: str = setting(
        "127.0.0.1",
        en="Address on which the door listens for the edge (the tunnel's end).",
        ja="エッジ（トンネルの出口）からの接続を待つアドレスです。",
    )
    port: Port = setting(8025, en="Its port.", ja="そのポート番号です。")
    private_host: str = setting(
        "127.0.0.1",
        en="Address of the private side: health and metrics. Never reachable from the street.",
        ja="内側専用（ヘルスチェックとメトリクス）のアドレスです。外から届いてはいけません。",
    )
    private_port: Port = setting(8026, en="Port of the private side.", ja="内側専用のポート番号です。")


class MailSettings(Section):
    """[mail]"""

    about: ClassVar = ("How mail is taken in and stored.", "メールの受け取り方と保存のしかたです。")

    message_bytes: Size = setting(
        25 * MIB,
        en="The largest message the house takes.",
        ja="受け取るメッセージの最大サイズです。",
        unit="bytes",
        ge=MIB,
        le=100 * MIB,
    )
    buffer_bytes: Size = setting(
        48 * MIB,
        en="Memory for all messages on their way in together; beyond it senders wait their turn.",
        ja="受信中の全メッセージに使うメモリーの合計です。超えると送信側が順番を待ちます。",
        unit="bytes",
        ge=MIB,
    )
    max_hops: int = setting(
        50,
        en="A message with more Received lines than this is in a loop and is not delivered.",
        ja="Received 行がこの数を超えたメッセージはループとみなし、配送しません。",
        ge=5,
        le=200,
    )
    lease_seconds: int = setting(
        120,
        en="How long one attempt owns a delivery before another may take over.",
        ja="1 回の配送の試みがその配送を占有する時間です。過ぎると別の試みが引き継げます。",
        unit="seconds",
        ge=5,
        le=3600,
    )
    store: Literal["maildir", "lmtp"] = setting(
        "maildir",
        en="Where messages are put: into Maildir folders under storage.bulk, or to an LMTP server (see [lmtp]).",
        ja="メッセージの保存先です。storage.bulk の Maildir か、LMTP サーバー（[lmtp] を参照）を選びます。",
    )
    store_subjects: bool = setting(
        default=True,
        en="Keep subjects in the trace of deliveries.",
        ja="配送の追跡記録に件名を残します。",
    )
    default_quota: Size = setting(
        0,
        en="Quota of a new mailbox; 0: none.",
        ja="新しいメールボックスの容量上限です。0 は上限なしです。",
        unit="bytes",
    )


class LmtpSettings(Section):
    """[lmtp]"""

    about: ClassVar = (
        'The LMTP server, used when mail.store = "lmtp".',
        'LMTP サーバーの設定です。mail.store = "lmtp" のときに使います。',
    )

    host: str = setting("127.0.0.1", en="Its address.", ja="そのアドレスです。")
    port: Port = setting(24, en="Its port.", ja="そのポート番号です。")
    connections: int = setting(4, en="Connections kept open to it.", ja="開いたまま使い回す接続の数です。", ge=1, le=64)
    timeout_seconds: Seconds = setting(
        30.0,
        en="How long to wait for one of its answers.",
        ja="1 つの応答を待つ時間です。",
        unit="seconds",
    )
    doveadm_url: str = setting(
        "http://127.0.0.1:8080",
        en="Dovecot's doveadm HTTP API, which is asked whether a mailbox has a delivery after an interruption.",
        ja="Dovecot の doveadm HTTP API です。中断のあと、そのメールが届いているかを問い合わせます。",
    )


class EdgeSettings(Section):
    """[edge]"""

    about: ClassVar = (
        "What the edge – the Worker, or the front door of the embedded house – does with held messages.",
        "エッジ（Worker、または組み込みの家の玄関）が預かったメッセージの扱い方です。",
    )

    hold_days: int = setting(
        14,
        en="How long a message waits at the edge for the house before it becomes a dead letter.",
        ja="メッセージがエッジで家を待つ日数です。過ぎると配達不能の一覧に移ります。",
        unit="days",
        ge=1,
        le=365,
    )
    sweep_interval_seconds: Seconds = setting(
        1.0,
        en="How often the front door offers what it holds. (The Worker's own rhythm is one minute.)",
        ja="玄関が預かったメッセージを届けに来る間隔です。（Worker は 1 分ごとです。）",
        unit="seconds",
    )
    recipients_interval_seconds: Seconds = setting(
        5.0,
        en="How often the edge asks for the list of known recipients: so soon it knows a new mailbox.",
        ja="エッジが宛先一覧を取りに来る間隔です。新しいメールボックスはこの時間以内にエッジに伝わります。",
        unit="seconds",
    )
    sweep_batch: int = setting(
        100,
        en="The most messages one sweep of the front door offers.",
        ja="玄関が 1 回に届けるメッセージの最大数です。",
        unit="messages",
        ge=1,
        le=1000,
    )


class FrontDoorSettings(Section):
    """[front_door]"""

    about: ClassVar = (
        "The SMTP listener that plays the edge where there is no Cloudflare.",
        "Cloudflare がない環境でエッジの役をする SMTP の待ち受けです。",
    )

    host: str = setting("127.0.0.1", en="Address on which it listens.", ja="待ち受けるアドレスです。")
    port: Port = setting(2525, en="Its port.", ja="そのポート番号です。")


class Secrets(Section):
    """What secrets.age holds; never in the file, never logged."""

    about: ClassVar = (
        "Kept in secrets.age (machiya secret set NAME), never in machiya.toml.",
        "secrets.age に保管します（machiya secret set 名前）。machiya.toml には書きません。",
    )

    edge_signing_key: SecretStr = setting(
        SecretStr(""),
        en="Signs what the edge sends home; the same text is a secret of the Worker.",
        ja="エッジから家への送信に署名する鍵です。同じ文字列を Worker の秘密にも入れます。",
    )
    edge_signing_key_next: SecretStr = setting(
        SecretStr(""),
        en="The next signing key, accepted beside the present one while it is being changed.",
        ja="次の署名鍵です。鍵の交換中は今の鍵と並んで受け付けます。",
    )
    edge_recipient_key: SecretStr = setting(
        SecretStr(""),
        en="Hashes the addresses of the recipient list, so that the edge holds no readable address.",
        ja="宛先一覧のアドレスをハッシュ化する鍵です。エッジには読めるアドレスが残りません。",
    )
    doveadm_api_key: SecretStr = setting(
        SecretStr(""),
        en="The key of Dovecot's doveadm HTTP API (lmtp.doveadm_url).",
        ja="Dovecot の doveadm HTTP API（lmtp.doveadm_url）の鍵です。",
    )
    database_password: SecretStr = setting(
        SecretStr(""),
        en="The password that belongs to database.url.",
        ja="database.url に対応するパスワードです。",
    )


class Settings(Section):
    """Everything, after all sources were merged; ``root`` is the house's folder, absolute."""

    house: HouseSettings = HouseSettings()
    storage: StorageSettings = StorageSettings()
    database: DatabaseSettings = DatabaseSettings()
    mail_api: MailApiSettings = MailApiSettings()
    mail: MailSettings = MailSettings()
    lmtp: LmtpSettings = LmtpSettings()
    scanner: ScannerSettings = ScannerSettings()
    edge: EdgeSettings = EdgeSettings()
    front_door: FrontDoorSettings = FrontDoorSettings()
    secrets: Secrets = Secrets()
    root: Path = Field(default=Path("house"), exclude=True)

    @property
    def database_url(self) -> str:
        """``database.url`` with the secret password put in; empty where the house uses SQLite."""
        parts = urlsplit(self.database.url)
        password = self.secrets.database_password.get_secret_value()
        if not password or not parts.hostname or parts.password:
            return self.database.url
        user, at, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}{at or '@'}{host}"))


SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}
SECRETS = "secrets"
