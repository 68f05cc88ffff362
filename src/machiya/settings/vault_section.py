"""[vault]: the copy off-site that nobody can delete."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from machiya.settings.field import Seconds, Section, Size, setting

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class VaultSettings(Section):
    """[vault]"""

    about: ClassVar = (
        "The vault: snapshots off-site, locked so that nobody can delete them (docs/vault.md).",
        "金庫の設定です。スナップショットを家の外に置き、誰も消せないように施錠します（docs/vault.ja.md）。",
    )

    provider: Literal["none", "s3", "folder"] = setting(
        "none",
        en="Where the vault is: an S3 bucket with Object Lock, or a folder (a second NAS), which nothing locks.",
        ja=(
            "金庫の場所です。Object Lock のある S3 バケットか、フォルダー（2 台目の NAS）です。"
            "フォルダーは施錠されません。"
        ),
    )
    bucket: str = setting("", en="The bucket's name.", ja="バケットの名前です。")
    region: str = setting("ap-northeast-1", en="The bucket's region.", ja="バケットのリージョンです。")
    endpoint: str = setting(
        "",
        en="URL of an S3-compatible server; empty: AWS. machiya vault check proves whether it can be trusted.",
        ja="S3 互換サーバーの URL です。空なら AWS です。信頼できるかは machiya vault check で確かめます。",
    )
    prefix: str = setting(
        "",
        en="Put before every key, when the bucket holds other things too; ends with a slash.",
        ja="バケットをほかの用途と共用するとき、すべてのキーの前に付けます。末尾はスラッシュにします。",
        pattern=r"^([A-Za-z0-9_.-]+/)*$",
    )
    folder: Path = setting(
        Path(),
        en='The folder of the vault when provider = "folder"; absolute, and on another machine.',
        ja='金庫のフォルダーです（provider = "folder" のとき）。絶対パスで、別のマシン上のものにします。',
    )
    encrypt: bool = setting(
        default=False,
        en="Encrypt packs and manifests with age, for the host key and the recovery key, before they leave the house.",
        ja="パックとマニフェストを、家を出る前に age で暗号化します。ホスト鍵と復旧キーで開けます。",
    )
    lock_days: int = setting(
        30,
        en="How long everything that a snapshot needs stays locked after it.",
        ja="スナップショットに必要なものすべてを、その後どれだけ施錠しておくかです。",
        unit="days",
        ge=30,
        le=3650,
    )
    keep_daily: int = setting(
        30,
        en="How many of the newest daily snapshots the vault keeps.",
        ja="金庫に残す日次スナップショットの数です。新しいものから数えます。",
        unit="snapshots",
        ge=30,
        le=10_000,
    )
    keep_weekly: int = setting(
        8,
        en="How many of the newest weekly snapshots the vault keeps.",
        ja="金庫に残す週次スナップショットの数です。新しいものから数えます。",
        unit="snapshots",
        ge=0,
        le=10_000,
    )
    alert_days: int = setting(
        25,
        en="machiya vault status warns when what the newest snapshot needs is locked for less than this.",
        ja="最新のスナップショットに必要なものの施錠の残りがこれより短いと、machiya vault status が警告します。",
        unit="days",
        ge=1,
        le=3650,
    )
    parallel: int = setting(
        4,
        en="How many transfers run at once.",
        ja="同時に行う転送の数です。",
        unit="transfers",
        ge=1,
        le=32,
    )
    bandwidth_bytes: Size = setting(
        0,
        en="The most that all uploads together send in a second; 0: no limit.",
        ja="すべてのアップロードを合わせた 1 秒あたりの上限です。0 は上限なしです。",
        unit="bytes",
    )
    timeout_seconds: Seconds = setting(
        60.0,
        en="How long the store may stay silent in one attempt.",
        ja="1 回の試行でサーバーの無応答を待つ時間です。",
        unit="seconds",
    )
    attempts: int = setting(
        6,
        en="How often a request is tried, with growing pauses.",
        ja="1 つの要求を試す回数です。間隔を広げながら繰り返します。",
        unit="attempts",
        ge=1,
        le=20,
    )
    price_gigabyte_month: float = setting(
        0.025,
        en="US dollars for a gigabyte in a month, as the bucket's region asks (Tokyo, S3 Standard).",
        ja="1 GB を 1 か月置く料金（米ドル）です。バケットのリージョンの料金にします（東京、S3 標準）。",
        unit="dollars",
        ge=0,
    )
    price_thousand_writes: float = setting(
        0.0047,
        en="US dollars for a thousand requests that write: PUT and renewals.",
        ja="書き込み（PUT と施錠の延長）の要求 1,000 回の料金（米ドル）です。",
        unit="dollars",
        ge=0,
    )
    price_thousand_reads: float = setting(
        0.00037,
        en="US dollars for a thousand requests that read: GET and HEAD.",
        ja="読み出し（GET と HEAD）の要求 1,000 回の料金（米ドル）です。",
        unit="dollars",
        ge=0,
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What no single field can know: the path of the setting, and what is wrong."""
        if self.alert_days >= self.lock_days:
            yield "vault.alert_days", "must be smaller than vault.lock_days, or it warns every day"
        if self.provider == "s3" and not _BUCKET.fullmatch(self.bucket):
            yield "vault.bucket", 'not the name of a bucket; provider = "s3" needs one'
        if self.provider == "folder" and not self.folder.is_absolute():
            yield "vault.folder", 'not an absolute path; provider = "folder" needs one'
        if self.endpoint:
            yield from self._endpoint()

    def _endpoint(self) -> Iterator[tuple[str, str]]:
        parts = urlsplit(self.endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            yield "vault.endpoint", "not a URL; write it like https://s3.example.jp"
        elif parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            yield "vault.endpoint", "must be https: mail would cross the network readable"
