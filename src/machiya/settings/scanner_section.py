"""[scanner]: how mail is scanned."""

from typing import ClassVar

from machiya.settings.field import Seconds, Section, setting


class ScannerSettings(Section):
    """[scanner]"""

    about: ClassVar = (
        "How mail is scanned for spam and viruses.",
        "迷惑メールとウイルスの検査のしかたです。",
    )

    enabled: bool = setting(
        default=True,
        en="Scan mail before it is delivered; machiya status says when the house does not.",
        ja="配送の前にメールを検査します。検査していない家では machiya status がそう知らせます。",
    )
    antivirus: bool = setting(
        default=True,
        en="Look for viruses too; without them found in a self-test no mail is delivered.",
        ja="ウイルスも検査します。自己診断でテスト用ウイルスを見つけられない間は、メールを配送しません。",
    )
    url: str = setting(
        "",
        en="Where rspamd's normal worker listens. Empty: the house's own; the embedded house has none.",
        ja="rspamd の normal worker の場所です。空ならこの家の rspamd です。組み込みの家にはありません。",
    )
    timeout_seconds: Seconds = setting(
        25.0,
        en="How long to wait for one verdict; beyond it the edge keeps the message.",
        ja="1 通の判定を待つ時間です。過ぎたらエッジがそのメールを預かり続けます。",
        unit="seconds",
    )
    connections: int = setting(
        8,
        en="Messages scanned at the same time.",
        ja="同時に検査するメッセージの数です。",
        ge=1,
        le=64,
    )
    junk_score: float = setting(
        6.0,
        en="From this score on a message is filed into Junk.",
        ja="この点数以上のメッセージは迷惑メールフォルダーに入ります。",
        gt=0,
        le=1000,
    )
    quarantine_score: float = setting(
        15.0,
        en="From this score on a message goes into the quarantine, as one with a virus always does.",
        ja="この点数以上のメッセージは隔離されます。ウイルスのあるものは点数にかかわらず隔離されます。",
        gt=0,
        le=1000,
    )
    quarantine_days: int = setting(
        30,
        en="How long the quarantine keeps a message before it is deleted for good; 0: until somebody deletes it.",
        ja="隔離したメッセージを残しておく日数です。過ぎると完全に削除されます。0 なら、だれかが削除するまで残ります。",
        unit="days",
        ge=0,
        le=3650,
    )
