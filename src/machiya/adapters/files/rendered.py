"""The folder ``rendered/``: what lies in it, what was written last time, and writing it anew."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from machiya.adapters.files.atomic import TEMPORARY_PREFIX, write_atomically
from machiya.adapters.files.errors import disk_errors
from machiya.adapters.files.house import make_private_folder

_RECORD = ".written.json"
_STAGED = ".staged"
_FOLDER_MODE = 0o755  # daemons that are not root read what is below; the folder above is private


class RenderedFolder:
    """``rendered/`` of a house.

    Args:
        root: the folder, absolute; need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._record = root / _RECORD

    def present(self) -> dict[str, bytes]:
        """Every file that lies in it, by relative path, but our own records."""
        with disk_errors(self.root):
            return dict(self._files()) if self.root.is_dir() else {}

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.root.rglob("*")):
            inside = path.relative_to(self.root)
            ours = inside.parts[0] in {_RECORD, _STAGED} or path.name.startswith(TEMPORARY_PREFIX)
            if path.is_file() and not ours:
                yield str(inside), path.read_bytes()

    def written(self) -> dict[str, str]:
        """SHA-256 of what was written last time, by path; a damaged record counts as none."""
        with disk_errors(self._record):
            try:
                data = json.loads(self._record.read_text("utf-8"))
            except (FileNotFoundError, ValueError):
                return {}
        return {str(path): str(digest) for path, digest in data.items()} if isinstance(data, dict) else {}

    def write(self, changed: Mapping[str, tuple[bytes, int] | None], record: Mapping[str, str]) -> None:
        """Write or remove (``None``) files, each atomically, then the record.

        Raises:
            DiskFull, NotWritable, DiskFailed: what was written before stays; the next run completes it.
        """
        make_private_folder(self.root)
        for path, content in changed.items():
            if content is None:
                self._remove(path)
            else:
                self._write(self.root / path, *content)
        write_atomically(self._record, json.dumps(dict(sorted(record.items())), indent=1).encode())

    def _write(self, path: Path, content: bytes, mode: int) -> None:
        with disk_errors(path):
            for folder in reversed([one for one in path.parents if self.root in one.parents]):
                folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
                folder.chmod(_FOLDER_MODE)
        write_atomically(path, content, mode)

    def _remove(self, path: str) -> None:
        with disk_errors(self.root / path):
            (self.root / path).unlink(missing_ok=True)

    @contextmanager
    def staged(self, files: Mapping[str, tuple[bytes, int]]) -> Iterator[Path]:
        """A folder beside with ``files``, to be checked before they replace what works; removed at the end."""
        make_private_folder(self.root)
        folder = self.root / _STAGED
        with disk_errors(folder):
            shutil.rmtree(folder, ignore_errors=True)
            make_private_folder(folder)
        try:
            for path, content in files.items():
                self._write(folder / path, *content)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
