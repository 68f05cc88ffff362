"""[docker], [tunnel], [vpn], [tls]: what only a house in containers has."""

from typing import ClassVar, Literal

from machiya.settings.field import Port, Section, setting


class DockerSettings(Section):
    """[docker]"""

    about: ClassVar = (
        'The house in containers, used when house.engine = "docker".',
        'コンテナーで動く家の設定です。house.engine = "docker" のときに使います。',
    )

    project: str = setting(
        "machiya",
        en="Name of the Compose project; each house on one machine needs its own.",
        ja="Compose プロジェクトの名前です。1 台のマシンに複数の家を置くときは、それぞれ別の名前にします。",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
    )
    network_prefix: str = setting(
        "10.77",
        en="First half of the private IPv4 addresses of its networks; nothing else may use them.",
        ja="この家のネットワークが使うプライベート IPv4 アドレスの前半です。ほかと重ならないようにします。",
        pattern=r"^(10\.([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])|172\.(1[6-9]|2[0-9]|3[01])|192\.168)$",
    )
    resolver: Literal["recursive", "none"] = setting(
        "recursive",
        en=(
            "How names are resolved for scanning and for outgoing mail. recursive: the house asks DNS itself. none: "
            "every name does not exist, for trying the house on a machine without internet."
        ),
        ja=(
            "検査とメール送信のための名前解決のしかたです。recursive は家が自分で DNS に問い合わせます。"
            "none はすべての名前を「存在しない」と答え、インターネットのないマシンで試すときに使います。"
        ),
    )


class TunnelSettings(Section):
    """[tunnel]"""

    about: ClassVar = (
        "The way in from Cloudflare.",
        "Cloudflare からの入り口です。",
    )

    provider: Literal["stand-in", "cloudflared"] = setting(
        "stand-in",
        en=(
            "cloudflared: Cloudflare Tunnel, with the secret tunnel_token. stand-in: a proxy with the same rules on "
            "this machine only, with the front door before it, for trying the house without Cloudflare."
        ),
        ja=(
            "cloudflared は Cloudflare Tunnel で、秘密 tunnel_token を使います。stand-in は同じ規則をこのマシンの"
            "中だけで動かす代役で、玄関と組み合わせて Cloudflare なしで試せます。"
        ),
    )
    hostname: str = setting(
        "mail.home.test",
        en="The public host name under which the edge reaches mail-api.",
        ja="エッジが mail-api に届くための公開ホスト名です。",
    )
    cloudflared_tag: str = setting(
        "2025.11.1",
        en='Version of the image cloudflare/cloudflared, when provider = "cloudflared". Never "latest".',
        ja="イメージ cloudflare/cloudflared の版です（tunnel.provider が cloudflared のとき）。latest は使えません。",
        pattern=r"^\d{4}\.\d{1,2}\.\d{1,2}$",
    )
    stand_in_port: Port = setting(
        8480,
        en="Port of the stand-in on 127.0.0.1.",
        ja="代役が 127.0.0.1 で待つポート番号です。",
    )


class VpnSettings(Section):
    """[vpn]"""

    about: ClassVar = (
        "How mail programs reach the house.",
        "メールソフトが家に届く道です。",
    )

    address: str = setting(
        "127.0.0.1",
        en="The tailnet address of IMAP, POP3, ManageSieve, submission and usermgmt; 127.0.0.1: this machine only.",
        ja=(
            "IMAP、POP3、ManageSieve、メール送信、usermgmt を公開する tailnet のアドレスです。"
            "127.0.0.1 ならこのマシンだけです。"
        ),
    )
    interface: str = setting(
        "tailscale0",
        en="The network interface of the VPN; client ports are reachable through it alone.",
        ja="VPN のネットワークインターフェースです。クライアント用のポートにはここからだけ届きます。",
        pattern=r"^[A-Za-z0-9_.-]{1,15}$",
    )


class TlsSettings(Section):
    """[tls]"""

    about: ClassVar = (
        "Certificates for mail programs.",
        "メールソフト向けの証明書です。",
    )

    source: Literal["local-ca", "files", "tailscale"] = setting(
        "local-ca",
        en=(
            "Where the certificate comes from. local-ca: made here, for trying; files: tls.certificate and tls.key; "
            "tailscale: asked from Tailscale."
        ),
        ja=(
            "証明書の入手元です。local-ca はこの家が作る試用のもの、files は tls.certificate と tls.key のファイル、"
            "tailscale は Tailscale から取得するものです。"
        ),
    )
    hostname: str = setting(
        "",
        en="The name that mail programs connect to. Empty: house.hostname. With Tailscale: NAME.TAILNET.ts.net.",
        ja="メールソフトの接続先の名前です。空なら house.hostname。Tailscale では NAME.TAILNET.ts.net です。",
    )
    certificate: str = setting(
        "",
        en='Path of the certificate chain (PEM), when source = "files".',
        ja='証明書チェーン（PEM）のパスです。source = "files" のときに使います。',
    )
    key: str = setting(
        "",
        en='Path of its private key (PEM), when source = "files".',
        ja='その秘密鍵（PEM）のパスです。source = "files" のときに使います。',
    )
    minimum: Literal["1.3", "1.2"] = setting(
        "1.3",
        en="The oldest TLS version mail programs may speak.",
        ja="メールソフトに許す最も古い TLS のバージョンです。",
    )
