"""What is done with each folder of a house: saved under a name, or left out for a reason.

A volume of a service that is not named here is saved as it is, and a test asks for a line, so that nobody has to find
out at a restore.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from machiya.backup.model import Omission

Words = tuple[str, str]
"""English, Japanese."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A folder that is saved; as ``FileTree``."""

    name: str
    what: Words
    omitted: tuple[Omission, ...] = ()
    maildirs: bool = False


_HALF_WRITTEN = ("half written; whole it is elsewhere", "書きかけです。書き終わったものは別の場所にあります")
_REBUILT = (
    "Dovecot makes its indexes anew; UIDs and keywords are in dovecot-uidlist and dovecot-keywords, which are saved",
    "Dovecot が作り直す索引です。UID とキーワードは dovecot-uidlist と dovecot-keywords にあり、保存しています",
)
_LOCK = ("a lock means nothing without its process", "ロックはプロセスがなければ意味がありません")
_SOCKETS = (
    "sockets and process numbers, made anew at each start",
    "ソケットとプロセス番号です。起動のたびに作られます",
)

MAILDIRS = (
    Omission("*/Maildir/tmp/*", _HALF_WRITTEN),
    Omission("*/Maildir/.*/tmp/*", _HALF_WRITTEN),
    *(
        Omission(f"{folder}/{name}", reason)
        for folder in ("*/Maildir", "*/Maildir/.*")
        for name, reason in (
            ("dovecot.index*", _REBUILT),
            ("dovecot.list.index*", _REBUILT),
            ("dovecot-uidlist.lock", _LOCK),
            ("dovecot-uidlist.tmp", _HALF_WRITTEN),
            ("dovecot-keywords.lock", _LOCK),
        )
    ),
    Omission("*/Maildir/subscriptions.lock", _LOCK),
    Omission("*/.dovecot.lda-dupes.lock", _LOCK),
    Omission("*/sieve/tmp/*", _HALF_WRITTEN),
)
"""Within mailboxes, whoever reads them; below ``Maildir``, for a mailbox may be called ``dovecot.index.list``.

Source: Dovecot's manual, "Maildir", Dovecot extensions.
"""

MAIL = Saved(
    "mail",
    (
        "mailboxes: messages, folders, subscriptions, Sieve scripts, UIDs",
        "メールボックス（メール、フォルダー、購読、Sieve スクリプト、UID）",
    ),
    (*MAILDIRS, Omission(".temporary", _HALF_WRITTEN), Omission(".temporary/*", _HALF_WRITTEN)),
    maildirs=True,
)
REMOVED = Saved(
    "removed",
    ("mailboxes that were removed; their mail was moved aside", "削除したメールボックスのメール（脇に移したもの）"),
    MAILDIRS,
    maildirs=True,
)
CERTIFICATES = Saved(
    "certificates",
    (
        "the certificate for mail programs, and the house's own CA with its key",
        "メールソフト用の証明書と、この家の認証局（鍵を含む）",
    ),
)
PART_LOGS = Saved("logs", ("logs of the parts", "各部のログ"))

SAVED: Mapping[str, Saved] = {
    "mail": MAIL,
    "quarantine": Saved(
        "quarantine",
        ("messages the scanner set aside", "スキャナーが隔離したメール"),
        (Omission(".tmp-*", _HALF_WRITTEN),),
    ),
    "hold": Saved(
        "hold",
        ("what the front door holds until it was delivered", "フロントドアが配達まで預かっているメール"),
        (Omission("tmp/*", _HALF_WRITTEN),),
    ),
    "postfix": Saved(
        "postfix-queue",
        (
            "mail on its way out; a restore never puts it back by itself, for it may have left since",
            "送信待ちのメール。その後に送信済みかもしれないので、復元で自動的に戻すことはありません",
        ),
        tuple(
            Omission(pattern, _SOCKETS)
            for pattern in ("pid", "pid/*", "private", "private/*", "public", "public/*", "dev", "dev/*")
        ),
    ),
    "log/postfix": Saved("log-postfix", ("log of outgoing mail", "送信メールのログ")),
    "redis": Saved(
        "redis",
        ("what the spam scanner learned", "迷惑メール判定の学習結果"),
        (Omission("temp-*", _HALF_WRITTEN), Omission("*/temp-*", _HALF_WRITTEN)),
    ),
}
"""Volumes of services below ``storage.fast`` and ``storage.bulk``."""

IN_FLIGHT = frozenset({"postfix-queue", "hold"})
"""Sources with mail on its way: put back by a restore, it would be sent or delivered a second time."""

LEFT_OUT: Mapping[str, Words] = {
    "mariadb": (
        (
            "files of a running server cannot be copied; each database is dumped instead. Its users and grants are "
            "made anew by machiya up, with the passwords of secrets.age"
        ),
        (
            "動作中のサーバーのファイルは複製できないため、代わりに各データベースをダンプします。ユーザーと権限は "
            "machiya up が secrets.age のパスワードで作り直します"
        ),
    ),
    "clamav": (
        "the virus database, 300 MB that change daily; freshclam fetches it again",
        "ウイルス定義です（毎日変わる約 300 MB）。freshclam が取得し直します",
    ),
    "rspamd": (
        "counters and compiled patterns, made anew; what was learned is in redis, which is saved",
        "カウンターとコンパイル済みのパターンで、作り直されます。学習結果は redis にあり、保存しています",
    ),
}

HOST_KEY: Words = (
    (
        "it opens secrets.age: who finds or steals a backup must not read the secrets. After a loss the recovery key "
        "of the rescue sheet opens them (machiya secret recover)"
    ),
    (
        "secrets.age を開く鍵です。バックアップを拾った人や盗んだ人に秘密を読ませないためです。失ったときは"
        "レスキューシートの回復鍵で開きます（machiya secret recover）"
    ),
)
RESTORED: Words = (
    "what machiya backup restore brought back to look at",
    "machiya backup restore が確認用に取り出したものです",
)
LOCKS: Words = _LOCK
HALF_WRITTEN: Words = _HALF_WRITTEN
SAVED_ELSEWHERE: Words = (
    "saved under names of its own, or left out for a reason of its own",
    "それぞれの名前で保存するか、それぞれの理由で除外しています",
)
RUN_FOLDER: Words = _SOCKETS
SECRETS_IN_MEMORY: Words = (
    "secrets as the containers read them, in memory only; secrets.age has them",
    "コンテナーが読む秘密です。メモリーにしかなく、元は secrets.age にあります",
)
CONTAINER_LOGS: Words = (
    "what containers print, 30 MB each at most, kept by Docker; journeys of mail and the audit log are in the database",
    "コンテナーの出力です（各 30 MB まで、Docker が保持）。メールの追跡と監査ログはデータベースにあります",
)
IMAGES: Words = (
    "images are built again from this program and Debian's packages",
    "イメージはこのプログラムと Debian のパッケージから作り直します",
)
BACKUPS: Words = ("the snapshots themselves", "スナップショットそのものです")
SQLITE_FILES: Words = (
    "the database in use, which is dumped instead, and databases that were restored beside it",
    "使用中のデータベース（代わりにダンプします）と、その横に復元したデータベースです",
)
OWNERS_FILES: Words = (
    "it lies outside of the house: whoever put it there keeps it",
    "この家の外にあります。置いた人が保管してください",
)
