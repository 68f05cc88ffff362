"""The Japanese of the reference pages for jobs and their agent; see ``japanese.py``."""

COMMANDS: dict[str, str] = {
    "agent": "時刻が来たジョブと頼まれたジョブを Ctrl-C まで実行します（組み込みの家では machiya up に含まれます）。",
    "boot agent-unit": "コンテナーの家のそばで machiya agent を動かす systemd ユニットを出力します。",
    "job list": "この家が行えるジョブを、次の実行時刻と前回の結果とともに一覧します。",
    "job run": (
        "ジョブを今すぐ実行します。エージェントが動いていればエージェントが、なければこの場で実行します。"
        "成功しなければ終了コードは 10 です。"
    ),
    "job watch": "実行の様子を終わるまで表示します。成功しなければ終了コードは 10 です。",
    "job history": "実行の記録を新しい順に一覧します。誰が頼み、どれだけかかり、なぜどう終わったかを示します。",
    "job cancel": "実行を止めます。待っているものはすぐに、動いているものは次の区切りで止まります。",
}

OPTIONS: dict[str, str] = {
    "job run KIND": "ジョブの名前（例: audit.verify）。machiya job list がすべて示します。",
    "job run --set": "ジョブのパラメーター。何度でも指定できます。",
    "job run --detach": "頼むだけで戻ります。エージェントが必要です。",
    "job watch [RUN]": "実行の番号。指定しなければ最新のものです。",
    "job history [KIND]": "このジョブの実行だけを示します。",
    "job history --limit": "新しい方からの件数。",
    "job cancel RUN": "実行の番号。",
}

ERRORS: dict[str, str] = {
    "audit_broken": "監査ログの連鎖がつながらない。",
    "backup_too_old": "最新のスナップショットが jobs.freshness_hours より古い、または 1 つもない。",
    "grant_refused": "何かを消すジョブに許可がない、または許可が無効。",
    "last_backup_failed": "直近のバックアップが失敗したため、金庫へ写すものがない。金庫の施錠は延長した。",
    "notice_failed": "知らせを渡せなかった。",
}
