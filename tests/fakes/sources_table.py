"""The tables of docs/backup-sources.md, from the program itself.

PYTHONPATH=tests python -m fakes.sources_table en    prints them (ja: in Japanese)
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from machiya.backup.model import Omission
from machiya.bootstrap import House
from machiya.bootstrap.backup_sources import sources_of

LANGUAGES = ("en", "ja")
_FOLDERS = (
    *("data/tls", "data/log", "data/run", "data/fast/redis", "data/fast/postfix", "data/bulk/mail"),
    *("data/bulk/quarantine", "data/bulk/hold", "data/bulk/log/postfix", "data/bulk/removed", "data/backup"),
)
_HEADINGS = {
    "en": (("in the snapshot", "where it is", "what it is"), ("left out", "why")),
    "ja": (("スナップショットの中の名前", "元の場所", "内容"), ("保存しないもの", "理由")),
}


def house_with_everything(root: Path) -> House:
    """A house in containers that has every folder."""
    for name in _FOLDERS:
        (root / name).mkdir(parents=True)
    (root / "machiya.toml").write_text('[house]\nengine = "docker"\n')
    return House(root)


def table(house: House, language: str) -> str:
    """Two tables of Markdown: what is saved, what is not."""
    which = LANGUAGES.index(language)
    sources = sources_of(house)
    saved = [(f"`{one.name}`", "MariaDB", one.what[which]) for one in sources.dumpers]
    saved += [(f"`{tree.name}`", f"`{_short(house, str(tree.root))}`", tree.what[which]) for tree in sources.trees]
    omitted = [
        (f"`{_short(house, f'{tree.root}/{one.pattern}')}`", one) for tree in sources.trees for one in tree.omitted
    ]
    omitted += [(f"`{_short(house, one.pattern)}`", one) for one in sources.omitted]
    first, second = _HEADINGS[language]
    return f"{_table(first, saved)}\n{_table(second, _by_reason(omitted, which))}"


def _by_reason(omitted: list[tuple[str, Omission]], which: int) -> list[tuple[str, ...]]:
    reasons: dict[str, list[str]] = {}
    for where, one in omitted:
        reasons.setdefault(one.reason[which], []).append(where)
    return [(", ".join(dict.fromkeys(where)), reason) for reason, where in reasons.items()]


def _short(house: House, path: str) -> str:
    return path.replace(f"{house.root}/", "").replace(str(house.root), ".")


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("| --- |", "|---|").replace(" --- |", "---|")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(table(house_with_everything(Path(folder)), sys.argv[1]))
