"""Promises about the repository: nothing of a machine in it, locks that lock, decisions and dependencies told."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from machiya.adapters.shell.commands import ShellCommands
from machiya.settings.sources import process_environment

ROOT = Path(__file__).parents[2]
NOT_OURS = {"node_modules", "dist", "house", "results", "__pycache__"}
HIDDEN_BUT_OURS = {".ci", ".gitignore", ".npmrc"}
LOCKS = ["requirements.lock", "requirements-dev.lock"]
REGISTRY_HOSTS = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|(?:deb|security|ftp(?:\.\w+)?)\.debian\.org"
    r"|archive\.ubuntu\.com|registry-1\.docker\.io|(?:ghcr|quay)\.io|static\.crates\.io|proxy\.golang\.org)\b"
)
PACKAGE_ADDRESS = re.compile(r"https?://[^\s\"']+\.(?:whl|tgz|tar\.gz)\b")
MACHINE_PATH = re.compile(r"/work/(?:main|shared|steering|\.)|\.\./shared/|/opt/(?:pypi|wheels)|/root/\.|/home/\w+/\.")
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
NOT_FILES = {"120000": "a symbolic link", "160000": "a submodule"}
SECTIONS = ["Context", "Decision", "Alternatives", "Consequences"]


def our_files() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and (name[0] != "." or name in HIDDEN_BUT_OURS)]
        yield from (Path(folder, name) for name in names if name[0] != "." or name in HIDDEN_BUT_OURS)


@cache
def our_texts() -> list[tuple[str, str]]:
    """Every file's name and words, read once."""
    return [(str(path.relative_to(ROOT)), path.read_bytes().decode("utf-8", "replace")) for path in our_files()]


def hits(pattern: re.Pattern[str]) -> list[str]:
    return [f"{name}: {hit.group()}" for name, text in our_texts() for hit in pattern.finditer(text)]


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """What git says of ``folder``, whoever owns it and whichever hook runs us."""
    environment = {name: value for name, value in process_environment().items() if not name.startswith("GIT_")}
    argv = ("git", "-C", str(folder), "-c", "safe.directory=*", *arguments)
    done = ShellCommands(environment).run(argv, seconds=30, stdin=stdin.encode())
    assert done.good, done.err
    return done.out


def tracked_but_no_files(folder: Path) -> list[str]:
    """What git keeps of ``folder`` beside plain files; of an exported tree, what lies there."""
    if not (folder / ".git").exists():
        return [f"{path.relative_to(folder)}: a symbolic link" for path in our_files() if path.is_symlink()]
    entries = (entry.partition("\t") for entry in git(folder, "ls-files", "--stage", "-z").split("\0"))
    modes = ((words.split(" ")[0], name) for words, _, name in entries)
    return [f"{name}: {NOT_FILES[mode]}" for mode, name in modes if mode in NOT_FILES]


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def python_dependencies() -> set[str]:
    project = toml("pyproject.toml")
    groups = project["dependency-groups"].values()
    direct = [*project["project"]["dependencies"], *(line for group in groups for line in group)]
    return {re.split(r"[\[<>=!~ ;]", line)[0] for line in direct if isinstance(line, str)}


def edge_dependencies() -> set[str]:
    package = json.loads((ROOT / "edge/package.json").read_text(encoding="utf-8"))
    kinds = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
    return {name for kind in kinds for name in package.get(kind, {})}


def locked(name: str) -> dict[str, str]:
    """Package to its whole entry, hashes included."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    return {entry.split("==")[0]: entry for entry in entries if "==" in entry}


def without_comments(entry: str) -> str:
    return re.sub(r"\s*#.*", "", entry)


@pytest.mark.parametrize("pattern", [REGISTRY_HOSTS, PACKAGE_ADDRESS, MACHINE_PATH], ids=["host", "package", "path"])
def test_no_file_names_a_registry_or_a_path_of_a_machine(pattern: re.Pattern[str]) -> None:
    assert hits(pattern) == []


def test_our_files_include_scripts_tests_and_the_edge() -> None:
    found = {str(path.relative_to(ROOT)) for path in our_files()}
    assert {".ci/run", "Makefile", "edge/package-lock.json", "src/machiya/__init__.py", "tests/no_skips.py"} <= found


def test_repository_holds_files_only() -> None:
    """A link leads somewhere else on each machine, and a submodule is empty in a plain clone."""
    assert tracked_but_no_files(ROOT) == []


def test_tracked_links_and_submodules_are_found(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    blob = git(tmp_path, "hash-object", "-w", "--stdin", stdin="elsewhere").strip()
    for entry in (f"100644,{blob},file", f"120000,{blob},.venv", f"160000,{blob},vendored"):
        git(tmp_path, "update-index", "--add", "--cacheinfo", entry)
    assert tracked_but_no_files(tmp_path) == [".venv: a symbolic link", "vendored: a submodule"]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_carry_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert [package for package, entry in locked(name).items() if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_hold_every_direct_dependency(name: str) -> None:
    project = toml("pyproject.toml")["project"]["dependencies"]
    wanted = python_dependencies() if "dev" in name else {re.split(r"[\[<>=]", line)[0] for line in project}
    assert wanted - set(locked(name)) == set()


def test_lock_for_running_is_part_of_the_lock_for_development() -> None:
    development = locked("requirements-dev.lock")
    for package, entry in locked("requirements.lock").items():
        wanted, has = (without_comments(text).split(" ; ")[0].split() for text in (entry, development[package]))
        assert (wanted[0], {*wanted} - {"\\", ";"}) == (has[0], {*has} - {"\\", ";"})


def test_npm_lock_carries_integrity_and_no_addresses() -> None:
    packages = json.loads((ROOT / "edge/package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_sources_carry_no_notes_to_self() -> None:
    marks = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
    sources = [
        path for path in our_files() if path.is_relative_to(ROOT / "src") or path.is_relative_to(ROOT / "edge/src")
    ]
    assert [str(path) for path in sources if marks.search(path.read_bytes().decode("utf-8", "replace"))] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decisions_say_context_decision_alternatives_and_consequences(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]} – ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    last = int(DECISIONS[-1].name[:4])
    numbers = [f"{number:04}" for number in range(1, last + 1)]
    assert [page.name[:4] for page in DECISIONS] == numbers
    listed = re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8"))
    assert listed == [page.name for page in DECISIONS]


def test_both_readmes_have_the_same_headings() -> None:
    """The same levels in the same order; the words are of each language."""
    levels = {}
    for name in ("README.md", "README.ja.md"):
        text = re.sub(r"^```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        levels[name] = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels["README.md"] == levels["README.ja.md"]
    assert len(levels["README.md"]) > 1


def test_every_direct_dependency_is_explained() -> None:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert (python_dependencies() | edge_dependencies()) - explained == set()
    assert explained - python_dependencies() - edge_dependencies() == set()


def test_explained_releases_are_the_locked_ones() -> None:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([^`]+)` \|.*\| (\S+), \d{4}-\d\d-\d\d \|", page, re.MULTILINE))
    packages = json.loads((ROOT / "edge/package-lock.json").read_text(encoding="utf-8"))["packages"]
    node = {name: packages[f"node_modules/{name}"]["version"] for name in edge_dependencies()}
    python = {name: re.split(r"[ \\\n]", text.split("==")[1])[0] for name, text in locked(LOCKS[1]).items()}
    assert told == {**{name: python[name] for name in python_dependencies()}, **node}
