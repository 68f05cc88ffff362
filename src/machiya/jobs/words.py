"""What a notice says, in English and Japanese."""

from datetime import datetime

from machiya.jobs.kinds import KINDS
from machiya.jobs.model import Alarm

_FAILURE = """\
{kind} ({what}) did not succeed.
{kind}（{what_ja}）が成功しませんでした。

  Since / 発生:  {since:%Y-%m-%d %H:%M} UTC
  Why / 理由:    {reason}

machiya job history {kind} shows its runs, machiya job run {kind} tries again at once.
You are told once more when it is well again, and not before.
machiya job history {kind} で経過を確認でき、machiya job run {kind} ですぐに再実行できます。
次のお知らせは、正常に戻ったときに一度だけ届きます。
"""
_RECOVERY = """\
{kind} ({what}) is well again.
{kind}（{what_ja}）は正常に戻りました。

  Failed since / 失敗:  {since:%Y-%m-%d %H:%M} UTC
  Well again / 復旧:    {recovered:%Y-%m-%d %H:%M} UTC
"""
_TROUBLE = """\
The agent of this house fails at {part}; the rest of its work goes on.
エージェントは次の処理に失敗しています: {part}。そのほかの処理は続けています。

  Since / 発生:  {since:%Y-%m-%d %H:%M} UTC
  Why / 理由:    {reason}

This is a mistake in Machiya or a damaged row: machiya job history and the log of the agent show more.
Machiya の誤りか、壊れた行が原因です。machiya job history とエージェントのログを確認してください。
"""


def failure(alarm: Alarm, house: str) -> tuple[str, str]:
    """Subject and text."""
    what, what_ja = KINDS[alarm.kind].what
    text = _FAILURE.format(kind=alarm.kind, what=what, what_ja=what_ja, since=alarm.since, reason=alarm.reason)
    return f"{house}: {alarm.kind} failed / 失敗しました", text


def recovery(alarm: Alarm, house: str) -> tuple[str, str]:
    """Subject and text."""
    what, what_ja = KINDS[alarm.kind].what
    recovered = alarm.recovered_at or alarm.since
    text = _RECOVERY.format(kind=alarm.kind, what=what, what_ja=what_ja, since=alarm.since, recovered=recovered)
    return f"{house}: {alarm.kind} is well again / 正常に戻りました", text


def trouble(part: str, reason: str, since: datetime, house: str) -> tuple[str, str]:
    """Subject and text."""
    return f"{house}: agent: {part} failed / 失敗しました", _TROUBLE.format(part=part, reason=reason, since=since)
