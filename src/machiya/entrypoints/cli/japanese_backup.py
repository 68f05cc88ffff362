"""The Japanese of ``machiya backup`` and of its errors: see japanese.py."""

COMMANDS: dict[str, str] = {
    "backup run": "今日のスナップショットを取ります。正しく保存できなかったものがあれば終了コードは 10 です。",
    "backup list": "スナップショットを新しい順に一覧します。",
    "backup show": "スナップショットを 1 つ表示します。中身と、保存していないもの、その理由を示します。",
    "backup forget": "スナップショットを 1 つ完全に削除します。正常な最後の 1 つは残ります。",
    "backup browse": "スナップショットのフォルダーの中を一覧します。",
    "backup diff": (
        "2 つのスナップショット、またはスナップショットと今の家との違いを示します。違いがあれば終了コードは 10 です。"
    ),
    "backup verify": (
        "スナップショットを読み直し、すべてのバイトをマニフェストと照合します。異常があれば終了コードは 10 です。"
    ),
    "backup scrub": "すべてのスナップショットを照合します。複数に共通のファイルは 1 回だけ読みます。",
    "backup restore": (
        "スナップショットから復元します。--replace を付けない限り何も上書きしません。"
        "戻せなかったものがあれば終了コードは 10 です。"
    ),
    "backup restore-database": (
        "データベースをスナップショットから戻します。--replace を付けない限り、今のものとは別の名前で作ります。"
        "ダンプを最後まで読んでから始め、入れたものを数えて照合します。"
    ),
}

OPTIONS: dict[str, str] = {
    "SNAPSHOT": "daily/2026-11-29、weekly/2026-11-29、または latest（最新）。",
    "backup run --weekly": "毎日のものではなく、毎週のスナップショットを取ります。",
    "backup run --again": "今日すでに取ったものを置き換えます。",
    "backup run --new-disk": "バックアップディスクは新しいものです。そこに取り始めます。",
    "backup run --accept-empty": "前回は空でなく今は空のフォルダーは、それで正しいものとします。",
    "backup browse [PATH]": "その中のフォルダーまたはファイル。",
    "backup diff [SNAPSHOT]": "後のスナップショット。省略すると今の家と比べます。",
    "backup restore [PATH]...": "その中のファイルまたはフォルダー。省略するとすべて。",
    "backup restore --to": "復元先のフォルダー。省略すると ./restored-SNAPSHOT を作ります。",
    "backup restore --beside": "元の場所に復元します。足りないものだけを戻し、今あるものはそのまま残します。",
    "backup restore --replace": "元の場所に、今あるものを置き換えて復元します。先に今のスナップショットを取ります。",
    "backup restore-database SNAPSHOT": "daily/2026-11-29、または latest（最新）。",
    "backup restore-database DATABASE": "スナップショットを取ったときのデータベースの名前。",
    "backup restore-database --as": "作るデータベースの名前。",
    "backup restore-database --replace": "今のデータベースと入れ替えます。今のものは別に残します。",
    "backup restore-database --dry-run": "ダンプ全体を読み、行われることを示します。",
    "backup restore --dry-run": "何も変えず、行われることをそのまま示します。",
}

ERRORS: dict[str, str] = {
    "backup_disk_missing": "バックアップディスクがマウントされていない。フォルダーがないか、家の知るものではない。",
    "backup_disk_foreign": "そのディスクは別の家のものか、この家がまだ知らないもの。",
    "backup_disk_read_only": "バックアップディスクに書き込めない。",
    "backup_disk_full": "バックアップディスクに空きがない。",
    "backup_disk_failed": "バックアップディスクが求めどおりに動かなかった。",
    "backup_source_missing": "保存すべきフォルダーがないか、前回と違って空になっている。",
    "backup_incomplete": "スナップショットはできたが、読めなかったものがあり、すべては入っていない。",
    "backup_memory_damaged": "家が覚えているバックアップディスクの記録が読めない。",
    "clock_behind": "このマシンの時計が、既にあるスナップショットより遅れている。",
    "snapshot_missing": "そのスナップショットがないか、その中にそのパスがない。",
    "last_snapshot": "正常な最後のスナップショットは削除しない。",
    "restore_refused": "そこへは復元できない。",
    "restore_failed": "復元先のディスクが満杯か故障した。そこまでに復元したものは完全。",
}
