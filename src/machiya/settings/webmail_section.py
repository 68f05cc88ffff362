"""[webmail]: mail in the browser, in a house in containers."""

from typing import ClassVar

from machiya.settings.field import Section, setting


class WebmailSettings(Section):
    """[webmail]"""

    about: ClassVar = (
        "Mail in the browser (Roundcube), through the tunnel. Only a house in containers has it.",
        "ブラウザーで読み書きするメール（Roundcube）です。トンネルを通ります。コンテナーの家だけにあります。",
    )

    enabled: bool = setting(
        default=True,
        en="Whether the house has webmail.",
        ja="ウェブメールを使うかどうかです。",
    )
    hostname: str = setting(
        "",
        en='Its public host name. Empty: "webmail." and the domain of tunnel.hostname.',
        ja="公開するホスト名です。空なら webmail. に tunnel.hostname のドメインを続けた名前になります。",
    )
    product_name: str = setting(
        "",
        en="The name that stands on its pages. Empty: house.hostname.",
        ja="ページに表示する名前です。空なら house.hostname です。",
        max_length=40,
        pattern=r"^[^\x00-\x1f\x7f]*$",
    )
    session_minutes: int = setting(
        60,
        en="After how long without a click people have to log in again.",
        ja="操作がないまま何分たつと、もう一度ログインが必要になるかです。",
        unit="minutes",
        ge=5,
        le=1440,
    )
