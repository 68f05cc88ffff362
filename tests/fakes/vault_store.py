"""A vault in memory that keeps locks against everybody, with a clock of its own and faults on demand."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from machiya.backup.vault.errors import ContentDamaged, VersionGone
from machiya.backup.vault.model import ObjectVersion, StoredVersion
from machiya.core.clock import Clock
from machiya.core.errors import Refused


@dataclass
class Kept:
    data: bytes | None
    until: datetime | None
    stored_at: datetime


@dataclass
class FakeVaultStore:
    """``trouble`` is called before each call with its name and key, and may raise."""

    clock: Clock
    name: str = "s3://fake/"
    locks: bool = True
    objects: dict[str, dict[str, Kept]] = field(default_factory=dict)
    trouble: Callable[[str, str], None] = lambda call, key: None  # noqa: ARG005 – as the port has it
    calls: list[tuple[str, str]] = field(default_factory=list)
    puts: int = 0

    def now(self) -> datetime:
        self._call("now", "")
        return self.clock.now().replace(microsecond=0)

    def put(self, key: str, source: Path, sha256: str, until: datetime) -> str:
        self._call("put", key)
        data = source.read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256
        for version, kept in self.objects.get(key, {}).items():
            if kept.data == data:
                return version
        return self.stored(key, data, until)

    def stored(self, key: str, data: bytes | None, until: datetime | None) -> str:
        """As anybody may who holds the keys; None: a marker."""
        self.puts += 1
        version = f"v{self.puts:05}"
        self.objects.setdefault(key, {})[version] = Kept(data, until, self.clock.now().replace(microsecond=0))
        return version

    def fetch(self, item: ObjectVersion, target: Path, sha256: str) -> None:
        self._call("fetch", item.key)
        data = self._kept(item).data or b""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ContentDamaged(f"{item} is damaged")
        target.write_bytes(data)

    def locked_until(self, item: ObjectVersion) -> datetime | None:
        self._call("head", item.key)
        return self._kept(item).until

    def renew(self, item: ObjectVersion, until: datetime) -> None:
        self._call("renew", item.key)
        kept = self._kept(item)
        if kept.until and until < kept.until:
            raise Refused("a lock cannot be shortened")
        kept.until = until

    def versions(self, prefix: str) -> Iterator[StoredVersion]:
        self._call("versions", prefix)
        for key in sorted(self.objects):
            if key.startswith(prefix) and self.objects[key]:
                last = list(self.objects[key])[-1]
                for version, kept in self.objects[key].items():
                    if kept.data is not None:
                        item = ObjectVersion(key, version)
                        yield StoredVersion(item, len(kept.data), kept.stored_at, latest=version == last)

    def hide(self, key: str) -> None:
        self._call("hide", key)
        self.stored(key, None, None)

    def abort_unfinished(self, before: datetime) -> int:  # noqa: ARG002 – as the port has it
        return 0

    def delete_version(self, item: ObjectVersion) -> None:
        """What an attacker or the lifecycle tries."""
        until = self._kept(item).until
        if until and until > self.clock.now():
            raise Refused("locked")
        del self.objects[item.key][item.version]

    def _kept(self, item: ObjectVersion) -> Kept:
        found = self.objects.get(item.key, {}).get(item.version)
        if found is None or found.data is None:
            raise VersionGone(f"{item} is not there")
        return found

    def _call(self, call: str, key: str) -> None:
        self.calls.append((call, key))
        self.trouble(call, key)
