"""What an image is built from, and the name that follows from it: the same content, the same tag."""

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from machiya.stacks.catalogue import __path__ as catalogue_path
from machiya.stacks.templates import folder_of

BASE = "debian:trixie-slim"
SUITE = "trixie"
REPOSITORY = "machiya"
PACKAGES_FILE = "/etc/machiya/packages"
CERTIFICATES = "certificates.pem"
BUILD_ARGUMENTS = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")

_DOCKERFILE = "Dockerfile"
_NOT_BUILT_FROM = ("config", "service.py", "__init__.py")
_CACHE = "__pycache__"
_LIST_PACKAGES = f"""
USER root
RUN mkdir -p /etc/machiya && dpkg-query --show --showformat '${{Package}} ${{Version}}\\n' >{PACKAGES_FILE}
USER """


@dataclass(frozen=True, slots=True)
class BuildContext:
    """Files to build one image from: path in the context to content, the ``Dockerfile`` among them."""

    name: str
    files: Mapping[str, bytes]

    def tag(self, base_id: str) -> str:
        """``machiya/dovecot:0123456789abcdef``: follows every name and byte, and the base image."""
        digest = hashlib.sha256(base_id.encode())
        for path, content in sorted(self.files.items()):
            digest.update(f"\0{path}\0{len(content)}\0".encode())
            digest.update(content)
        return f"{REPOSITORY}/{self.name}:{digest.hexdigest()[:16]}"

    def tar(self, extra: Mapping[str, bytes]) -> bytes:
        """All files in one archive; ``extra`` ones are for building only and decide nothing.

        Every file belongs to root and can be read by all, whatever this machine's umask is; scripts can be run.
        """
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for path, content in sorted((dict(extra) | dict(self.files)).items()):
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                entry.mode = 0o755 if content.startswith(b"#!") else 0o644
                tar.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()


def build_context(folder: str, extra: Mapping[str, bytes] | None = None) -> BuildContext:
    """The context of a catalogue folder; ``extra`` files (our package for the machiya image) are added to it."""
    files = dict(_files(folder_of(folder))) | dict(extra or {})
    if _DOCKERFILE in files:
        files[_DOCKERFILE] = with_package_list(files[_DOCKERFILE].decode()).encode()
    return BuildContext(folder.replace("_", "-"), files)


def all_image_folders() -> tuple[str, ...]:
    """Every catalogue folder that describes an image."""
    return tuple(sorted(path.parent.name for place in catalogue_path for path in Path(place).glob(f"*/{_DOCKERFILE}")))


def with_package_list(dockerfile: str) -> str:
    """The Dockerfile with a last step that writes down every package and its version; the user stays the same."""
    words = [line.split() for line in dockerfile.splitlines()]
    last_stage = max((number for number, line in enumerate(words) if line[:1] == ["FROM"]), default=0)
    user = next((line[1] for line in reversed(words[last_stage:]) if line[:1] == ["USER"]), "root")
    return f"{dockerfile.rstrip()}\n{_LIST_PACKAGES}{user}\n"


def package_files(package: Path) -> dict[str, bytes]:
    """Our own package as files of a build context, below ``machiya/``."""
    found = (path for path in sorted(package.rglob("*")) if path.is_file() and _CACHE not in path.parts)
    return {f"machiya/{path.relative_to(package)}": path.read_bytes() for path in found}


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.name == _CACHE or (not prefix and entry.name in _NOT_BUILT_FROM):
            continue
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_bytes()
