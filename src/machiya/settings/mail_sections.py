"""[mail_api], [mail], [lmtp]: how mail is taken in and stored."""

from typing import ClassVar, Literal

from machiya.core.sizes import MIB
from machiya.settings.field import Port, Seconds, Section, Size, setting


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
    app_passwords_required: bool = setting(
        default=False,
        en="Mail programs log in with app passwords only: the password of a mailbox opens webmail and usermgmt.",
        ja="メールソフトのログインをアプリパスワードに限ります。"
        "メールボックスのパスワードで開けるのはウェブメールと usermgmt だけになります。",
    )


class LmtpSettings(Section):
    """[lmtp]"""

    about: ClassVar = (
        'The LMTP server, used when mail.store = "lmtp".',
        'LMTP サーバーの設定です。mail.store = "lmtp" のときに使います。',
    )

    host: str = setting("127.0.0.1", en="Its address.", ja="そのアドレスです。")
    port: Port = setting(24, en="Its port.", ja="そのポート番号です。")
    connections: int = setting(
        4,
        en="Connections kept open to it.",
        ja="開いたまま使い回す接続の数です。",
        ge=1,
        le=64,
    )
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
