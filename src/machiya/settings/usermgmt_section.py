"""[usermgmt]: the pages on which people look after mailboxes, passwords and their own mail."""

from typing import ClassVar

from machiya.settings.field import Port, Section, setting


class UsermgmtSettings(Section):
    """[usermgmt]"""

    about: ClassVar = (
        "The pages on which people look after mailboxes, passwords and their own mail.",
        "メールボックスやパスワード、自分のメールの扱いを人が管理するページです。",
    )

    host: str = setting(
        "127.0.0.1",
        en="Address on which it listens; other machines are served with usermgmt.certificate only.",
        ja="待ち受けるアドレスです。ほかのマシンから使うには usermgmt.certificate が必要です。",
    )
    port: Port = setting(8088, en="Its port.", ja="そのポート番号です。")
    vpn_port: Port = setting(
        8443,
        en="Its port on vpn.address, when the house runs in containers. HTTPS.",
        ja="コンテナーで動く家で、vpn.address に公開するポート番号です（HTTPS）。",
    )
    public_url: str = setting(
        "",
        en=(
            "How browsers reach it, for links that the house hands out. Empty: host and port; in a house in containers "
            "https://, tls.hostname (with the local CA vpn.address, unless it is set) and usermgmt.vpn_port."
        ),
        ja=(
            "ブラウザーから見た URL です。家が渡すリンクに使います。空なら host と port から決まります。"
            "コンテナーの家では https:// と tls.hostname（local-ca で空なら vpn.address）と usermgmt.vpn_port です。"
        ),
        pattern=r"^(https?://[A-Za-z0-9.\[\]:-]+)?$",
    )
    certificate: str = setting(
        "",
        en=(
            "Path of a certificate chain (PEM): with it, it speaks HTTPS. Empty: HTTP, on a loopback address only. "
            "machiya tls renew makes data/tls/server.pem. The docker house sets it itself."
        ),
        ja=(
            "証明書チェーン（PEM）のパスです。あれば HTTPS で話します。空なら HTTP で、ループバックのアドレスだけで"
            "待ち受けます。machiya tls renew で data/tls/server.pem ができます。docker の家では自動で設定されます。"
        ),
    )
    key: str = setting(
        "",
        en="Path of its private key (PEM); empty: it stands in the same file. The docker house sets it itself.",
        ja="その秘密鍵（PEM）のパスです。空なら同じファイルの中にあります。docker の家では自動で設定されます。",
    )
    webmail_host: str = setting(
        "",
        en="Address on which it takes new passwords from webmail; empty: it does not. The docker house sets it itself.",
        ja="ウェブメールからパスワード変更を受けるアドレスです。空なら受けません。docker の家では自動で設定されます。",
    )
    webmail_port: Port = setting(8089, en="Port on which it takes them.", ja="パスワード変更を受けるポート番号です。")
