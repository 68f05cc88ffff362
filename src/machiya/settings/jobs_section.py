"""[jobs]: when the agent runs what, how long that is remembered, and who is told when it does not work."""

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator

from machiya.settings.field import Section, setting

_FIELDS = 5
_EXAMPLE = (
    'write five fields – minute, hour, day of the month, month, day of the week – as in "0 3 * * *" (every day at '
    '03:00), or "" to turn it off'
)


def _cron(text: str) -> str:
    if not text:
        return text
    words = " ".join(text.split())
    if len(words.split()) != _FIELDS:
        raise ValueError(f"it has {len(words.split())} fields; {_EXAMPLE}")
    try:
        next(CronSim(words, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"{str(error)[:1].lower()}{str(error)[1:]}; {_EXAMPLE}") from error
    except StopIteration:
        raise ValueError(f"that day never comes; {_EXAMPLE}") from None
    return words


def _zone(text: str) -> str:
    if text and (PurePosixPath(text).is_absolute() or text not in available_timezones()):
        raise ValueError('there is no such time zone; write it like "Asia/Tokyo" or "Europe/Berlin"')
    return text and ZoneInfo(text).key


Cron = Annotated[str, AfterValidator(_cron)]
Zone = Annotated[str, AfterValidator(_zone)]


class JobsSettings(Section):
    """[jobs]"""

    about: ClassVar = (
        "What the house does by itself (machiya agent) and when, in cron's five fields; empty: never.",
        "家が自動で行うこと（machiya agent）とその時刻です。cron の 5 つの欄で書き、空なら行いません。",
    )

    timezone: Zone = setting(
        "",
        en="The time zone of these times, as Asia/Tokyo; empty: that of this machine.",
        ja="時刻のタイムゾーンです（例: Asia/Tokyo）。空ならこのマシンのものです。",
    )
    backup_daily: Cron = setting(
        "0 3 * * *", en="When the daily snapshot is taken.", ja="毎日のスナップショットを取る時刻です。"
    )
    backup_weekly: Cron = setting(
        "0 2 * * 0", en="When the weekly snapshot is taken.", ja="毎週のスナップショットを取る時刻です。"
    )
    backup_freshness: Cron = setting(
        "0 * * * *",
        en="When the age of the newest snapshot is looked at.",
        ja="最新のスナップショットの古さを確かめる時刻です。",
    )
    vault_sync: Cron = setting(
        "0 4 * * *",
        en="When finished snapshots that the vault lacks go into it, where [vault] names one.",
        ja="金庫にまだないスナップショットを写す時刻です（[vault] に金庫があるとき）。",
    )
    audit_verify: Cron = setting(
        "30 4 * * *",
        en="When the chain of the audit log is followed from its beginning.",
        ja="監査ログの連鎖を最初から検証する時刻です。",
    )
    freshness_hours: int = setting(
        26,
        en="A newest snapshot older than this is a failure.",
        ja="最新のスナップショットがこれより古ければ失敗とします。",
        unit="hours",
        ge=1,
        le=24 * 366,
    )
    history_days: int = setting(
        90,
        en="How long the runs of jobs and what they said are kept.",
        ja="ジョブの実行記録とログを残す日数です。",
        unit="days",
        ge=1,
        le=3660,
    )
    notify_mail: str = setting(
        "",
        en="Who gets mail when a job fails, and once more when it is well again; empty: house.owner.",
        ja="ジョブが失敗したときと正常に戻ったときに知らせるメールの宛先です。空なら house.owner です。",
    )
