"""[edge], [front_door]: what holds mail until the house has it."""

from typing import ClassVar

from machiya.settings.field import Port, Seconds, Section, setting


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
    tunnel: str = setting(
        "",
        en=(
            "host:port of the tunnel through which it calls mail-api, under the name tunnel.hostname. "
            "Empty: mail-api directly."
        ),
        ja="mail-api を呼ぶときに通るトンネルの host:port です。tunnel.hostname の名前で呼びます。空なら直接呼びます。",
        pattern=r"^([A-Za-z0-9.-]+:[0-9]{1,5})?$",
    )
