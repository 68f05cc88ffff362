"""The Japanese of ``machiya vault``, joined into ``japanese.py``."""

COMMANDS: dict[str, str] = {
    "vault sync": (
        "スナップショットを金庫に入れます。必要な施錠をすべて延長し、新しいものを送り、マニフェストを最後に公開します。"
    ),
    "vault status": (
        "何を復元でき、いつまで施錠されているかをサーバーに尋ねて表示します。対応が必要なら終了コードは 10 です。"
    ),
    "vault check": "金庫に必要な約束をサーバーが守るかを、1 つずつ破ろうとして確かめます。",
    "vault list": "金庫にあるマニフェストをすべて一覧します。隠されたものや、この家のものでないものも含みます。",
    "vault renew": "残してあるスナップショットに必要なものすべての施錠を、今から数えて延長します。",
    "vault gc": (
        "保存期間を過ぎたスナップショットと、どのスナップショットにも不要なパックを手放します。施錠は決して短くしません。"
    ),
    "vault restore": (
        "金庫のスナップショット、またはその中のパスを新しいフォルダーに復元します。すべてのバイトをハッシュと照合します。"
    ),
}

OPTIONS: dict[str, str] = {
    "vault sync SNAPSHOT": "daily/2026-11-29 のようなスナップショット。省略すると最新のもの。",
    "vault status --off-days": "家がこの日数止まったままだった場合を示します。",
    "vault gc --dry-run": "手放すものを示すだけにします。",
    "vault list --recovery-key": "復旧キーを尋ねます。失われたホスト鍵で暗号化されたものを読むためです。",
    "vault restore --recovery-key": "復旧キーを尋ねます。失われたホスト鍵で暗号化されたものを読むためです。",
    "vault restore SNAPSHOT": "daily/2026-11-29 のようなスナップショット。",
    "vault restore TARGET": "復元先の新しいフォルダー。",
    "vault restore --path": "スナップショットのこのパスと、その下だけを復元します。",
    "vault restore --version": "同じ名前の別のマニフェスト（machiya vault list で確認）。",
}

ERRORS: dict[str, str] = {
    "no_vault": "[vault] に金庫の場所が書かれていないか、その鍵がない。",
    "snapshot_changed": "手元のスナップショットのファイルが、そのマニフェストと違う。",
    "vault_clock_skew": "このマシンとサーバーの時計が違いすぎる。",
    "vault_content_damaged": "バイト列が、そのハッシュと違う。",
    "vault_forbidden": "サーバーがこの家にそれを許していない。",
    "vault_not_locked": "サーバーは受け取ったが、施錠していない。",
    "vault_place_taken": "この場所は、別の家の金庫である。",
    "vault_promise_broken": "サーバーが、金庫に必要な約束を守っていない。",
    "vault_renewal_failed": "施錠を延長できなかったため、マニフェストを公開しなかった。",
    "vault_spool_failed": "手元のディスクが、金庫との間でやり取りするものを書き込めない。",
    "vault_unavailable": "サーバーが答えないか、正しく答えない。次の実行が続きから始める。",
    "vault_version_gone": "施錠されている間あるはずの版がない。",
}
