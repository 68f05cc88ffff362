"""[backup]: the snapshots on the second disk."""

from typing import ClassVar, Literal

from machiya.core.sizes import MIB
from machiya.settings.field import Section, Size, setting


class BackupSettings(Section):
    """[backup]"""

    about: ClassVar = (
        "Snapshots of the house on the disk storage.backup.",
        "storage.backup のディスクに取るスナップショットの設定です。",
    )

    keep_daily: int = setting(
        7,
        en="How many daily snapshots are kept; the oldest goes only after a new one is finished.",
        ja="毎日のスナップショットを残す数です。古いものは、新しいものが完成してから消えます。",
        ge=1,
        le=366,
    )
    keep_weekly: int = setting(
        4,
        en="How many weekly snapshots are kept.",
        ja="毎週のスナップショットを残す数です。",
        ge=1,
        le=520,
    )
    minimum_free: Size = setting(
        500 * MIB,
        en="With less room than this on the backup disk no snapshot is begun.",
        ja="バックアップディスクの空きがこれより少なければ、スナップショットを始めません。",
        unit="bytes",
    )
    nice: int = setting(
        10,
        en="How much a backup steps back before other work on the processor, 0 to 19.",
        ja="バックアップがほかの処理に CPU を譲る度合いです。0 から 19 です。",
        ge=0,
        le=19,
    )
    io_priority: Literal["idle", "low", "normal"] = setting(
        "low",
        en="Its turn at the disk. idle: only while nobody else wants it; some disk schedulers know no priorities.",
        ja="ディスクを使う順番です。idle はほかに使う者がない間だけ使います。優先度を見ないスケジューラーもあります。",
    )
