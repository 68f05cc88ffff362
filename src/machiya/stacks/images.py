"""What an image is built from, and the name that follows from it: the same content, the same tag."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from machiya.stacks.model import Service
from machiya.stacks.templates import folder_of

BASE = "debian:trixie-slim"
REPOSITORY = "machiya"
_NOT_BUILT_FROM = ("config", "service.py", "__init__.py", "__pycache__")


@dataclass(frozen=True, slots=True)
class BuildContext:
    """Files to build one image from: path in the context to content."""

    name: str
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """16 hex digits over every name and byte."""
        digest = hashlib.sha256()
        for path, content in sorted(self.files.items()):
            digest.update(f"{path}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:16]

    @property
    def tag(self) -> str:
        """``machiya/dovecot:0123456789abcdef``."""
        return f"{REPOSITORY}/{self.name}:{self.digest}"


def build_context(folder: str, extra: Mapping[str, bytes] | None = None) -> BuildContext:
    """The context of a catalogue folder; ``extra`` files (our package for the machiya image) are added to it."""
    return BuildContext(folder.replace("_", "-"), dict(_files(folder_of(folder))) | dict(extra or {}))


def image_folders(all_services: tuple[Service, ...]) -> tuple[str, ...]:
    """The catalogue folders that must be built for these services."""
    return tuple(sorted({service.image.folder for service in all_services if service.image.folder}))


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if not prefix and entry.name in _NOT_BUILT_FROM:
            continue
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_bytes()
