"""What lies in the vault for whoever comes without Machiya: a leaflet, and a script that restores."""

import hashlib
from datetime import datetime
from importlib.resources import as_file, files

from machiya.backup.vault.model import ObjectVersion
from machiya.backup.vault.ports import VaultStore
from machiya.backup.vault.renewal import renew_all
from machiya.core.progress import SILENT

NAMES = ("README.txt", "restore.py")
PREFIX = "restore/"


def leave_leaflet(store: VaultStore, until: datetime) -> None:
    """Both files of this Machiya, locked as long as the snapshot that they go with."""
    items = []
    for name in NAMES:
        with as_file(files("machiya.backup.vault") / "standalone" / name) as path:
            key, digest = f"{PREFIX}{name}", hashlib.sha256(path.read_bytes()).hexdigest()
            items.append(ObjectVersion(key, store.put(key, path, digest, until)))
    renew_all(store, items, until, 1, SILENT)
