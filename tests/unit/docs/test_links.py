"""Every link of every page leads somewhere. No network: links to the outside are left alone."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "edge").glob("*.md"), *(ROOT / "bench").rglob("*.md")]
)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)>\s]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def links(page: Path) -> Iterator[str]:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for found in LINK.finditer(text):
        target = found.group(1) or found.group(2)
        if not OUTSIDE.match(target):
            yield target


def anchors(page: Path) -> set[str]:
    """As GitHub makes them: lower case, no punctuation, hyphens for spaces, a number for a repeated heading."""
    seen: dict[str, int] = {}
    for heading in HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        seen[slug] = seen.get(slug, -1) + 1
        if seen[slug]:
            seen[f"{slug}-{seen[slug]}"] = 0
    return set(seen)


def dead(page: Path, target: str) -> str | None:
    path, _, anchor = target.partition("#")
    place = (ROOT / path[1:] if path.startswith("/") else page.parent / unquote(path)) if path else page
    if not place.exists():
        return f"{target}: no such file"
    if anchor and place.suffix == ".md" and unquote(anchor).lower() not in anchors(place):
        return f"{target}: no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_every_page_lead_somewhere(page: Path) -> None:
    assert [found for target in links(page) if (found := dead(page, target))] == []


def test_dead_tells_a_missing_file_and_a_missing_heading(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One thing\n\n[a](#one-thing) [b](gone.md) [c](#two) `[d](code.md)` [e](https://example.jp)\n")
    assert [dead(page, target) for target in links(page)] == [
        None,
        "gone.md: no such file",
        "#two: no such heading",
    ]


def test_anchors_number_a_repeated_heading_and_keep_japanese(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# 使い方: はじめに\n## A (b)\n## A (b)\n```\n# no heading\n```\n", encoding="utf-8")
    assert anchors(page) == {"使い方-はじめに", "a-b", "a-b-1"}
