import io
import tarfile
from pathlib import Path

import pytest

from machiya.stacks.images import BuildContext, all_image_folders, build_context, package_files, with_package_list

FILES = {"Dockerfile": b"FROM x\n", "start.sh": b"#!/bin/sh\n"}


def test_tag_is_the_same_for_the_same_content() -> None:
    again = BuildContext("dovecot", dict(reversed(FILES.items())))
    assert again.tag("base") == BuildContext("dovecot", FILES).tag("base")
    assert again.tag("base").startswith("machiya/dovecot:")


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
def test_tag_follows_what_the_image_is_made_of(files: dict[str, bytes], base: str) -> None:
    assert BuildContext("dovecot", files).tag(base) != BuildContext("dovecot", FILES).tag("base")


def test_tar_holds_every_file_readable_by_all_and_scripts_executable() -> None:
    with tarfile.open(fileobj=io.BytesIO(BuildContext("dovecot", FILES).tar({"ca.pem": b"PEM"}))) as tar:
        entries = {entry.name: (oct(entry.mode), entry.uid, entry.mtime) for entry in tar}
    assert entries == {"Dockerfile": ("0o644", 0, 0), "ca.pem": ("0o644", 0, 0), "start.sh": ("0o755", 0, 0)}


def test_tar_lets_no_extra_file_replace_one_of_the_image() -> None:
    with tarfile.open(fileobj=io.BytesIO(BuildContext("dovecot", FILES).tar({"start.sh": b"other"}))) as tar:
        content = tar.extractfile("start.sh")
        assert content
        assert content.read() == b"#!/bin/sh\n"


def test_build_context_leaves_out_what_is_no_part_of_the_image() -> None:
    files = build_context("machiya", {"a": b"1"}).files
    assert "a" in files
    assert not {"__init__.py", "service.py"} & set(files)
    assert not any("config/" in path for path in files)


@pytest.mark.parametrize("folder", all_image_folders())
def test_build_context_has_a_dockerfile_on_our_base_that_lists_its_packages(folder: str) -> None:
    text = build_context(folder).files["Dockerfile"].decode()
    assert "FROM debian:trixie-slim" in text
    assert ">/etc/machiya/packages" in text


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
