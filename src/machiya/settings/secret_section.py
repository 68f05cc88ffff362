"""The secrets by name; their values lie in secrets.age, or as files in a container."""

from typing import ClassVar

from pydantic import SecretStr

from machiya.settings.field import Section, setting


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
    redis_password: SecretStr = setting(
        SecretStr(""),
        en="The password of the house's redis, which keeps what the spam scanner learned.",
        ja="迷惑メール検査が学んだことを保存する、この家の redis のパスワードです。",
    )
    rspamd_controller_password: SecretStr = setting(
        SecretStr(""),
        en="The password of rspamd's controller, which learns what is moved to and from Junk.",
        ja="迷惑メールフォルダーへの移動から学ぶ、rspamd の controller のパスワードです。",
    )
    database_password: SecretStr = setting(
        SecretStr(""),
        en="The password that belongs to database.url; in a house in containers that of its user machiya.",
        ja="database.url に対応するパスワードです。コンテナーの家ではデータベース利用者 machiya のものです。",
    )
    dovecot_database_password: SecretStr = setting(
        SecretStr(""),
        en="The password of Dovecot's database user, which sees mailboxes only.",
        ja="Dovecot のデータベース利用者のパスワードです。メールボックスだけが見えます。",
    )
    usermgmt_database_password: SecretStr = setting(
        SecretStr(""),
        en="The password of usermgmt's database user, which may do table by table what its pages do.",
        ja="usermgmt のデータベース利用者のパスワードです。ページの操作に必要な表だけを扱えます。",
    )
    usermgmt_webmail_key: SecretStr = setting(
        SecretStr(""),
        en="Proves to usermgmt that a new password comes from the house's webmail.",
        ja="新しいパスワードがこの家のウェブメールから来たことを usermgmt に示す鍵です。",
    )
    totp_key: SecretStr = setting(
        SecretStr(""),
        en="Encrypts the secrets of two-step log-in in the database.",
        ja="データベースの中の二段階ログインの秘密を暗号化する鍵です。",
    )
    roundcube_database_password: SecretStr = setting(
        SecretStr(""),
        en="The password of webmail's database user, which has a database of its own and sees no other.",
        ja="ウェブメールのデータベース利用者のパスワードです。専用のデータベースだけが見えます。",
    )
    roundcube_des_key: SecretStr = setting(
        SecretStr(""),
        en="Webmail encrypts with it the passwords that its sessions keep; a new one ends every session.",
        ja="ウェブメールがセッション中のパスワードを暗号化する鍵です。変えるとすべてのセッションが終わります。",
    )
    tunnel_token: SecretStr = setting(
        SecretStr(""),
        en='The token of the Cloudflare Tunnel, when tunnel.provider = "cloudflared".',
        ja='Cloudflare Tunnel のトークンです。tunnel.provider = "cloudflared" のときに使います。',
    )
    relay_password: SecretStr = setting(
        SecretStr(""),
        en="The password (API key) of the relay that carries mail out.",
        ja="メールを外へ運ぶリレーのパスワード（API キー）です。",
    )
    relay_domain_passwords: SecretStr = setting(
        SecretStr(""),
        en="The passwords of the relays of single domains: example.jp=PASSWORD, separated by spaces.",
        ja="ドメインごとのリレーのパスワードです。example.jp=パスワード の形で、空白で区切ります。",
    )
    vault_access_key_id: SecretStr = setting(
        SecretStr(""),
        en="The access key id with which the house writes to the vault's bucket.",
        ja="金庫のバケットに書き込むためのアクセスキー ID です。",
    )
    vault_secret_access_key: SecretStr = setting(
        SecretStr(""),
        en="The secret access key that belongs to vault_access_key_id.",
        ja="vault_access_key_id に対応するシークレットアクセスキーです。",
    )
    notify_webhook: SecretStr = setting(
        SecretStr(""),
        en="The address (https://…) that hears of jobs that fail, as JSON; it often holds a token. Empty: none.",
        ja="ジョブの失敗を JSON で知らせる宛先（https://…）です。トークンを含むことが多いため秘密にします。空なら使いません。",
    )
    notify_ntfy: SecretStr = setting(
        SecretStr(""),
        en="The topic of ntfy (https://ntfy.sh/…) that hears of jobs that fail. Who knows it can read it. Empty: none.",
        ja="ジョブの失敗を知らせる ntfy のトピック（https://ntfy.sh/…）です。知る人は誰でも読めます。空なら使いません。",
    )
