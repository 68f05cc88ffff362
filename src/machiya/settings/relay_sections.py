"""[relay] and [submission]: how mail leaves the house; presets of the usual relays, another for a domain if wanted."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from machiya.core.addresses import DomainName
from machiya.core.errors import InvalidAddress
from machiya.settings.field import Section, setting

Preset = Literal["sendgrid", "ses", "postmark", "resend", "brevo", "mailgun", "cloudflare", "custom"]
Tls = Literal["", "starttls", "implicit"]


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay, everything filled in; ``tls`` is ``starttls`` or ``implicit``, both verified."""

    host: str
    port: int
    tls: str
    user: str


# What the vendors say; SES wants its region in the host, and where the user is empty it is the account's own.
PRESETS: dict[str, Relay] = {
    "sendgrid": Relay("smtp.sendgrid.net", 587, "starttls", "apikey"),
    "ses": Relay("email-smtp.us-east-1.amazonaws.com", 587, "starttls", ""),
    "postmark": Relay("smtp.postmarkapp.com", 587, "starttls", ""),
    "resend": Relay("smtp.resend.com", 465, "implicit", "resend"),
    "brevo": Relay("smtp-relay.brevo.com", 587, "starttls", ""),
    "mailgun": Relay("smtp.mailgun.org", 587, "starttls", ""),
    "cloudflare": Relay("smtp.mx.cloudflare.net", 465, "implicit", "api_token"),
    "custom": Relay("", 587, "starttls", ""),
}


def _table(value: object) -> object:
    """The environment has texts only: JSON stands for the table there."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError('is not JSON; write {"example.jp": {"preset": "ses"}}') from error


def _domains(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    try:
        return {DomainName.parse(name).name: override for name, override in value.items()}
    except InvalidAddress as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


class RelayChoice(Section):
    """What may be said of a relay, for the whole house or for one domain."""

    preset: Preset = "sendgrid"
    host: str = ""
    port: int = Field(0, ge=0, le=65535)
    tls: Tls = ""
    user: str = ""

    @property
    def filled(self) -> Relay:
        """With the preset's answers where nothing was said."""
        preset = PRESETS[self.preset]
        return Relay(
            self.host or preset.host, self.port or preset.port, self.tls or preset.tls, self.user or preset.user
        )


class RelaySettings(Section):
    """[relay]"""

    about: ClassVar = (
        "The SMTP relay that carries mail to the world; its password is the secret relay_password.",
        "メールを外へ運ぶ SMTP リレーです。パスワードは秘密 relay_password に入れます。",
    )

    preset: Preset = setting(
        "sendgrid",
        en="Whose relay it is: fills in host, port, TLS and user where they are left empty.",
        ja="どの会社のリレーかを選びます。空欄のホスト、ポート、TLS、ユーザー名をこれが補います。",
    )
    host: str = setting(
        "",
        en="Its host name; empty: the preset's. For ses write email-smtp.REGION.amazonaws.com.",
        ja="ホスト名です。空ならプリセットの値です。ses では email-smtp.リージョン.amazonaws.com と書きます。",
    )
    port: int = setting(
        0, en="Its port; 0: the preset's.", ja="ポート番号です。0 ならプリセットの値です。", ge=0, le=65535
    )
    tls: Tls = setting(
        "",
        en="TLS after STARTTLS or from the first byte, always with a verified certificate; empty: the preset's.",
        ja="STARTTLS の後に TLS を使うか、最初から使うかです。証明書は必ず検証します。空ならプリセットの値です。",
    )
    user: str = setting("", en="The user name; empty: the preset's.", ja="ユーザー名です。空ならプリセットの値です。")
    ca_file: str = setting(
        "",
        en="A file with the relay's certificate authority, inside the house's folder; empty: the system's.",
        ja="リレーの認証局の証明書ファイル（この家のフォルダー内）です。空ならシステムのものを使います。",
    )
    domains: Annotated[dict[str, RelayChoice], BeforeValidator(_domains), BeforeValidator(_table)] = setting(
        {},
        en=(
            'Another relay for the mail of single domains: [relay.domains."example.jp"] with preset, host, port, tls '
            "and user. Its password stands in the secret relay_domain_passwords."
        ),
        ja=(
            'ドメインごとに別のリレーを使う設定です。[relay.domains."example.jp"] に preset、host、port、tls、user を'
            "書きます。パスワードは秘密 relay_domain_passwords に入れます。"
        ),
    )
    events_public_key: str = setting(
        "",
        en="The public key with which SendGrid signs its events (base64); empty: no events are taken.",
        ja="SendGrid がイベントに署名する公開鍵（base64）です。空ならイベントを受け取りません。",
    )

    @property
    def default(self) -> Relay:
        """The relay of every domain that has none of its own."""
        return RelayChoice(preset=self.preset, host=self.host, port=self.port, tls=self.tls, user=self.user).filled


class SubmissionSettings(Section):
    """[submission]"""

    about: ClassVar = (
        "What mail clients may send, and how mail-api and Postfix talk about it.",
        "メールクライアントが送れる量と、mail-api と Postfix のやり取りの設定です。",
    )

    user_per_hour: int = setting(
        300,
        en="The most recipients one mailbox may write to within an hour; 0: no limit.",
        ja="1 つのメールボックスが 1 時間に送れる宛先数の上限です。0 は上限なしです。",
        unit="recipients",
        ge=0,
        le=1_000_000,
    )
    domain_per_hour: int = setting(
        1000,
        en="The most recipients all mailboxes of one domain may write to within an hour; 0: no limit.",
        ja="1 つのドメインの全メールボックスが 1 時間に送れる宛先数の合計の上限です。0 は上限なしです。",
        unit="recipients",
        ge=0,
        le=1_000_000,
    )
    host: str = setting(
        "",
        en="Address on which mail-api answers Postfix; empty: it does not. The docker house sets it itself.",
        ja="mail-api が Postfix に答えるアドレスです。空なら答えません。docker の家では自動で設定されます。",
    )
    milter_port: int = setting(
        8027,
        en="Port on which it judges senders (milter).",
        ja="送信者を判定する（milter）ポート番号です。",
        ge=1,
        le=65535,
    )
    lookup_port: int = setting(
        8028,
        en="Port on which it resolves recipients (socketmap).",
        ja="宛先を解決する（socketmap）ポート番号です。",
        ge=1,
        le=65535,
    )
    log_file: str = setting(
        "",
        en="Postfix's log, which mail-api follows for the trace; empty: none. The docker house sets it itself.",
        ja="mail-api が追跡記録のために読む Postfix のログです。空なら読みません。docker の家では自動で設定されます。",
    )
