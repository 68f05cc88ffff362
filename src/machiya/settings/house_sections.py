"""[house], [storage], [database]: the house itself and where its data lies."""

from pathlib import Path
from typing import ClassVar, Literal

from machiya.settings.field import Section, setting


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
    engine: Literal["embedded", "docker"] = setting(
        "embedded",
        en=(
            "How the parts run. embedded: as plain processes of this machine on SQLite. docker: the whole house, each "
            "part a container (see [docker])."
        ),
        ja=(
            "各部の動かし方です。embedded はこのマシンの普通のプロセスとして SQLite の上で動きます。docker は家全体を"
            "コンテナーで動かします（[docker] を参照）。"
        ),
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
        en=(
            "SQLAlchemy URL without password (that is the secret database_password). Empty: SQLite under storage.fast, "
            "in a house in containers its own MariaDB."
        ),
        ja=(
            "SQLAlchemy の URL です。パスワードは書きません（秘密 database_password に入れます）。"
            "空なら storage.fast の SQLite、コンテナーの家ではその MariaDB です。"
        ),
    )
