"""Manifests as somebody with the keys of the vault could write them: whole, well hashed, and full of lies."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import zstandard

from fakes.vault_store import FakeVaultStore


def entry(path: str, kind: str, **more: object) -> dict[str, Any]:
    """A line of a manifest."""
    return {"path": path, "type": kind, "mode": 0o700, "uid": 0, "gid": 0, "mtime_ns": 0} | more


def file_entry(**more: object) -> dict[str, Any]:
    """A file that lies in a pack."""
    where = {"pack": f"packs/{'a' * 64}.tar.zst", "pack_version": "v", "offset": 512}
    return entry("a", "file", size=1, sha256="ab" * 32, **where) | more


def forged(
    snapshot: str,
    lines: Sequence[dict[str, Any] | bytes] = (),
    header: dict[str, Any] | None = None,
    end: dict[str, Any] | None = None,
) -> bytes:
    """The bytes of the object."""
    day = snapshot.partition("/")[2]
    first = {
        "format": "machiya-manifest", "version": 1, "snapshot": snapshot, "house": "machiya.home.test",
        "taken_at": f"{day}T00:00:00+00:00", "sources": [], "omitted": [], "program": "",
    } | (header or {})  # fmt: skip
    body = _json(first) + b"".join(_json(one) if isinstance(one, dict) else one for one in lines)
    size = sum(one.get("size", 0) for one in lines if isinstance(one, dict))
    last = {"end": True, "entries": len(lines), "bytes": size, "new_bytes": 0} | (end or {})
    digest = hashlib.sha256(body + _json(last)).hexdigest()
    return zstandard.compress(body + _json(last | {"sha256": digest}))


def key_of(snapshot: str, data: bytes, suffix: str = "") -> str:
    """Where it has to lie to be found."""
    day = snapshot.partition("/")[2].replace("-", "")
    return f"manifests/{snapshot}/{day}T000000Z.{hashlib.sha256(data).hexdigest()}.jsonl.zst{suffix}"


def store_forged(store: FakeVaultStore, snapshot: str, data: bytes, suffix: str = "") -> str:
    """Put it there, locked for ages."""
    key = key_of(snapshot, data, suffix)
    store.stored(key, data, store.clock.now() + timedelta(days=36500))
    return key


def day_of(moment: datetime) -> str:
    """The name of that day's snapshot."""
    return f"daily/{moment.date().isoformat()}"


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"
