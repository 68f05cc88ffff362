"""What an image is made of, and its name: the same content has the same name."""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BASE = "debian:trixie-slim"
SUITE = "trixie"
DOCKERFILE = "Dockerfile"
PACKAGES_FILE = "/etc/machiya/packages"
PREFIX = "machiya"
HASH_CHARACTERS = 16
CERTIFICATES = "certificates.pem"
BUILD_ARGUMENTS = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")

_NOT_FOR_THE_IMAGE = {"__pycache__", "config", "service.py", "__init__.py"}
_LIST_PACKAGES = f"""
USER root
RUN mkdir -p /etc/machiya && dpkg-query --show --showformat '${{Package}} ${{Version}}\\n' >{PACKAGES_FILE}
USER """


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image: its name and its build context.

    ``files`` (path inside the context → content) decide its content; the ``Dockerfile`` is one of them.
    """

    name: str
    files: Mapping[str, bytes] = field(default_factory=dict)

    def tag(self, base_id: str) -> str:
        """``machiya/<name>:<hash of all files and of the base image>``."""
        digest = hashlib.sha256(base_id.encode())
        for path, content in sorted(self.files.items()):
            digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
        return f"{PREFIX}/{self.name}:{digest.hexdigest()[:HASH_CHARACTERS]}"

    def context(self, extra: Mapping[str, bytes]) -> bytes:
        """The build context as a tar; ``extra`` files are for building only and decide nothing.

        Every file belongs to root and can be read by all, whatever this machine's umask is.
        """
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for path, content in sorted((dict(extra) | dict(self.files)).items()):
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                entry.mode = 0o755 if content.startswith(b"#!") else 0o644
                tar.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()


def read_recipe(folder: Path, beside: Mapping[str, bytes] | None = None) -> Recipe:
    """The recipe in a folder of the catalogue; ``beside``: files from elsewhere."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}
    files[DOCKERFILE] = with_package_list(files[DOCKERFILE].decode()).encode()
    return Recipe(folder.name, dict(beside or {}) | files)


def recipe_folders(catalogue: Path) -> list[Path]:
    """The folders that describe an image."""
    return sorted(path.parent for path in catalogue.glob(f"*/{DOCKERFILE}"))


def with_package_list(dockerfile: str) -> str:
    """The Dockerfile with a last step that writes down every package and its version; the user stays the same."""
    words = [line.split() for line in dockerfile.splitlines()]
    last_stage = max((number for number, line in enumerate(words) if line[:1] == ["FROM"]), default=0)
    user = next((line[1] for line in reversed(words[last_stage:]) if line[:1] == ["USER"]), "root")
    return f"{dockerfile.rstrip()}\n{_LIST_PACKAGES}{user}\n"


def package_files(package: Path) -> dict[str, bytes]:
    """Our own package as files of a build context, below ``machiya/``."""
    return {f"machiya/{path.relative_to(package)}": path.read_bytes() for path in sorted(package.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts}  # fmt: skip


def _files(folder: Path) -> Iterator[Path]:
    for path in _sorted(folder.iterdir()):
        if path.name in _NOT_FOR_THE_IMAGE:
            continue
        if path.is_dir():
            yield from (inner for inner in _sorted(path.rglob("*")) if inner.is_file())
        else:
            yield path


def _sorted(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if "__pycache__" not in path.parts)
