import io
import tarfile
from pathlib import Path

import pytest

from machiya.stacks.images import Recipe, package_files, read_recipe, recipe_folders, with_package_list

FILES = {"Dockerfile": b"FROM x\n", "start.sh": b"#!/bin/sh\n"}


def test_tag_is_the_same_for_the_same_content() -> None:
    assert Recipe("dovecot", FILES).tag("base") == Recipe("dovecot", dict(reversed(FILES.items()))).tag("base")


@pytest.mark.parametrize(
    ("files", "base"),
    [
        (FILES | {"more": b""}, "base"),
        (FILES | {"start.sh": b"#!/bin/bash\n"}, "base"),
        ({"Dockerfile": b"FROM x\n", "start": b"#!/bin/sh\n"}, "base"),
        (FILES, "another base"),
    ],
    ids=["a file more", "another content", "another name", "another base"],
)
def test_tag_changes_with_what_the_image_is_made_of(files: dict[str, bytes], base: str) -> None:
    assert Recipe("dovecot", files).tag(base) != Recipe("dovecot", FILES).tag("base")


def test_context_holds_every_file_readable_by_all_and_scripts_executable() -> None:
    with tarfile.open(fileobj=io.BytesIO(Recipe("dovecot", FILES).context({"ca.pem": b"PEM"}))) as tar:
        entries = {entry.name: (oct(entry.mode), entry.uid, entry.mtime) for entry in tar}
    assert entries == {"Dockerfile": ("0o644", 0, 0), "ca.pem": ("0o644", 0, 0), "start.sh": ("0o755", 0, 0)}


def test_context_lets_no_extra_file_replace_one_of_the_recipe() -> None:
    with tarfile.open(fileobj=io.BytesIO(Recipe("dovecot", FILES).context({"start.sh": b"other"}))) as tar:
        content = tar.extractfile("start.sh")
        assert content
        assert content.read() == b"#!/bin/sh\n"


def test_read_recipe_leaves_configuration_and_python_out(tmp_path: Path) -> None:
    folder = tmp_path / "dovecot"
    for name in ("Dockerfile", "service.py", "config/dovecot.conf.j2", "__pycache__/x.pyc", "scripts/start.sh"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("FROM x\n" if name == "Dockerfile" else name)
    recipe = read_recipe(folder, {"more": b"1"})
    assert (recipe.name, sorted(recipe.files)) == ("dovecot", ["Dockerfile", "more", "scripts/start.sh"])


@pytest.mark.parametrize(
    ("dockerfile", "user"),
    [
        ("FROM x\nRUN y\n", "root"),
        ("FROM x\nUSER vmail\nRUN y", "vmail"),
        ("FROM x AS build\nUSER builder\nFROM x\nUSER a\nUSER 5000:5000\n", "5000:5000"),
        ("FROM x AS build\nUSER builder\nFROM x\n", "root"),
    ],
)
def test_with_package_list_keeps_the_user(dockerfile: str, user: str) -> None:
    made = with_package_list(dockerfile)
    assert made.startswith(dockerfile.rstrip())
    assert made.endswith(f"\nUSER {user}\n")
    assert "/etc/machiya/packages" in made


def test_package_files_hold_this_very_module() -> None:
    source = Path(__file__).parents[3] / "src" / "machiya"
    files = package_files(source)
    assert files["machiya/stacks/images.py"] == (source / "stacks/images.py").read_bytes()
    assert [path for path in files if "__pycache__" in path] == []


def test_recipe_folders_are_those_with_a_dockerfile(tmp_path: Path) -> None:
    for name in ("b/Dockerfile", "a/Dockerfile", "c/service.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    assert recipe_folders(tmp_path) == [tmp_path / "a", tmp_path / "b"]
