"""The Japanese of ``machiya backup find|restore-mail``: see japanese.py."""

COMMANDS: dict[str, str] = {
    "backup find": "スナップショットの中のメッセージを、差出人、件名、日付で探します。",
    "backup restore-mail": (
        "メールボックス、フォルダー、またはメッセージを戻します。メールボックスに今もあるものはそのままです。"
        "戻せなかったものがあれば終了コードは 10 です。"
    ),
}

OPTIONS: dict[str, str] = {
    "backup find SNAPSHOT": "daily/2026-11-29、latest（最新）、または all（すべて。同じメッセージは最新の 1 つだけ）。",
    "backup find --mailbox": "このメールボックスだけ: taro@example.jp。",
    "backup find --from": "差出人の名前またはアドレスの一部。",
    "backup find --subject": "件名の一部。",
    "backup find --since": "この日以降に受信したもの: 2026-11-29。",
    "backup find --until": "この日までに受信したもの。",
    "backup find --limit": "新しいものからこの数まで。",
    "backup restore-mail ADDRESS": "メールボックス: taro@example.jp。",
    "backup restore-mail --message": "このメッセージ（ID、またはその先頭の部分）。繰り返し指定できます。",
    "backup restore-mail --folder": "このフォルダーとその下: Work/2026。",
    "backup restore-mail --into": "戻す先のフォルダー。省略すると「Restored 日付/…」。",
    "backup restore-mail --beside": "元のフォルダーに、今あるものと並べて戻します。",
    "backup restore-mail --dry-run": "何も変えず、行われることをそのまま示します。",
}

ERRORS: dict[str, str] = {
    "message_damaged": "スナップショットのメッセージがマニフェストと違う。そのメッセージは何も戻していない。",
}
