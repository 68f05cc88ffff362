"""``machiya rescue-sheet``: the one page that must be kept off the box."""

from typing import TYPE_CHECKING, Annotated

import typer

from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.config import language
from machiya.entrypoints.cli.house import Language, Yes, house_of

if TYPE_CHECKING:
    from machiya.bootstrap import House

RECOVERY_KEY = {
    "en": (
        "RECOVERY KEY – write it down or print it, keep it away from this machine. It is shown only now:",
        "Then run: machiya rescue-sheet --confirm",
    ),
    "ja": (
        "復旧キー – 書き写すか印刷して、このマシンとは別の場所に保管してください。表示は今回だけです:",
        "保管したら実行してください: machiya rescue-sheet --confirm",
    ),
}

SHEET = {
    "en": """\
MACHIYA RESCUE SHEET                                                  {today}
Keep this page away from the machine. With it the house can be opened again.

The house     {root} on {hostname}
Recovery key  of {created}, fingerprint {fingerprint}
  public      {public}
  private     AGE-SECRET-KEY-1 ________________________________________________
              (was shown when the house was made, or by rescue-sheet --new-key)

What lies where, under {root}
  machiya.toml   the configuration        secrets.age  the secrets, sealed
  host.key       opens secrets.age here   data/        database, mail, sites
  storage: fast {fast}
           bulk {bulk}
           backup {backup}

Off-site copy (bucket, region, endpoint, read credential): not set up yet.

To read the secrets on any machine with age (https://age-encryption.org):
  1. Put the private recovery key, one line, into a file recovery.txt
  2. age -d -i recovery.txt secrets.age

To open the house on a new machine:
  1. Install Machiya and copy the house's folder to its place
  2. machiya secret recover --house {root}   (asks for the recovery key)
  3. machiya config check, then machiya up
""",
    "ja": """\
MACHIYA 復旧シート                                                    {today}
この紙はマシンとは別の場所に保管してください。これがあれば家を再び開けます。

家            {hostname} の {root}
復旧キー      作成 {created}、指紋 {fingerprint}
  公開鍵      {public}
  秘密鍵      AGE-SECRET-KEY-1 ________________________________________________
              （家の作成時、または rescue-sheet --new-key で一度だけ表示されます）

{root} の中身
  machiya.toml   設定                       secrets.age  秘密（暗号化済み）
  host.key       secrets.age を開く鍵       data/        データベース、メール、サイト
  保存場所: fast {fast}
            bulk {bulk}
            backup {backup}

オフサイトの複製（バケット、リージョン、エンドポイント、読み取り用の資格情報）: まだ設定されていません。

age（https://age-encryption.org）のあるマシンで秘密を読むには:
  1. 復旧キー（秘密鍵）を 1 行で recovery.txt に書く
  2. age -d -i recovery.txt secrets.age

新しいマシンで家を開くには:
  1. Machiya をインストールし、家のフォルダーを元の場所に置く
  2. machiya secret recover --house {root}   （復旧キーを尋ねます）
  3. machiya config check、次に machiya up
""",
}


def rescue_sheet(
    context: typer.Context,
    confirm: Annotated[bool, typer.Option("--confirm", help="Note that the sheet is kept off the box.")] = False,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Make a new recovery key and show it; the old one opens nothing new.")
    ] = False,
    yes: Yes = False,
    lang: Language = "en",
) -> None:
    """Print the page that opens this house after a disaster. Keep it off the box."""
    if confirm and new_key:
        raise InvalidInput("--confirm and --new-key exclude one another", hint="First the new key, then --confirm.")
    house, words = house_of(context), language(lang)
    house.folder.require()
    if confirm:
        _confirm(house, yes=yes)
        return
    if new_key:
        _new_key(house, words, yes=yes)
    console.say(sheet(house, words))
    if not house.secrets.recovery().confirmed:
        console.warn("nobody has confirmed yet that this sheet is kept: machiya rescue-sheet --confirm")


def sheet(house: "House", words: str) -> str:
    """The page; it holds no secret."""
    recovery, settings = house.secrets.recovery(), house.settings
    return SHEET[words].format(
        today=f"{house.clock.now():%Y-%m-%d}",
        root=house.root,
        hostname=settings.house.hostname,
        created=recovery.created_at[:10],
        fingerprint=recovery.fingerprint,
        public=recovery.public,
        fast=settings.storage.fast,
        bulk=settings.storage.bulk,
        backup=settings.storage.backup,
    )


def show_recovery_key(private: str, words: str = "en") -> None:
    """Show the private recovery key, the one time it can be seen."""
    before, after = RECOVERY_KEY[words]
    console.say()
    console.say(before, style="bold")
    console.say()
    console.say(f"    {private}")
    console.say()
    console.say(after)
    console.say()


def _confirm(house: "House", *, yes: bool) -> None:
    """Somebody at a terminal may prove it by typing the key: a key that cannot be read back is no key."""
    if ask.somebody_is_there() and not yes:
        given = ask.optional_hidden("Recovery key, to prove that it can be read (Enter alone: take my word)")
        if given:
            house.secrets.require_recovery_key(given)
    with house.folder.lock():
        house.secrets.confirm_recovery()
    console.say("Noted: the rescue sheet is kept off the box.")


def _new_key(house: "House", words: str, *, yes: bool) -> None:
    ask.agreed("Make a new recovery key? Sheets printed before will not open what is stored from now on.", yes=yes)
    with house.folder.lock():
        key = house.secrets.new_recovery_key()
    show_recovery_key(key.private, words)
