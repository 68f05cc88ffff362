"""All that a house saves, and all that it leaves out: from its settings and from the volumes of its services."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.backup.model import Omission
from machiya.backup.ports import Dumper, FileTree, Sources
from machiya.bootstrap import backup_volumes as volumes
from machiya.bootstrap.backup_volumes import Saved
from machiya.settings import DATABASE_NAME, Settings
from machiya.stacks.model import Storage, Volume

if TYPE_CHECKING:
    from machiya.bootstrap import House

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

EMBEDDED = ("hold", "mail", "quarantine")
"""Volumes of the embedded house, all below storage.bulk."""

_NOBODY_KNOWS = ("data of a service", "サービスのデータ")


def sources_of(house: "House") -> Sources:
    """What is saved, in this order: dumps first, so that whatever a row names is among the files that come after.

    Raises:
        ConfigurationError: the settings have mistakes.
    """
    trees = tuple(_trees(house))
    return Sources(_dumpers(house), trees, tuple(_omitted(house)))


def _dumpers(house: "House") -> tuple[Dumper, ...]:
    from machiya.bootstrap.databases import mariadb_dumper

    if house.settings.database_url:
        return (mariadb_dumper(house),)
    from machiya.adapters.sql.snapshot import SqliteDumper

    return (SqliteDumper(house.sqlite_file, DATABASE_NAME),)


def _trees(house: "House") -> Iterator[FileTree]:
    """The house's own folder and the mail are there in any house; where one is not, that is an error and no gap."""
    settings = house.settings
    yield FileTree(
        "house",
        house.root,
        (
            "machiya.toml, secrets.age (encrypted), recovery.toml, rendered configuration",
            "machiya.toml、secrets.age（暗号化済み）、recovery.toml、生成した設定",
        ),
        tuple(_house_omissions(settings)),
    )
    mail = settings.storage.bulk / "mail"
    yield _tree(mail, volumes.MAIL)
    rest = [
        (house.root / "data" / "tls", volumes.CERTIFICATES),
        (house.root / "data" / "log", volumes.PART_LOGS),
        (settings.storage.bulk / "removed", volumes.REMOVED),
        *((_place(settings, volume), saved) for volume in _volumes(house) if (saved := _saved(volume))),
    ]
    yield from (_tree(root, saved) for root, saved in rest if root.is_dir() and root != mail)


def _tree(root: Path, saved: Saved) -> FileTree:
    return FileTree(saved.name, root, saved.what, saved.omitted, maildirs=saved.maildirs)


def _volumes(house: "House") -> tuple[Volume, ...]:
    """Of all services, each folder once, whoever mounts it."""
    if not house.in_containers:
        return tuple(Volume(storage=Storage.BULK, name=name, target="") for name in EMBEDDED)
    from machiya.bootstrap.containers import facts_of
    from machiya.stacks.services import services

    mounted = (volume for service in services(facts_of(house.settings)) for volume in service.volumes)
    return tuple({(volume.storage, volume.name): volume for volume in mounted}.values())


def _saved(volume: Volume) -> Saved | None:
    """As which it is saved; None: left out."""
    if volume.storage is Storage.RUN or volume.name in volumes.LEFT_OUT:
        return None
    name = f"volume-{volume.storage}-{volume.name.replace('/', '-')}"
    return volumes.SAVED.get(volume.name, Saved(name, _NOBODY_KNOWS))


def _place(settings: Settings, volume: Volume) -> Path:
    storage = settings.storage.fast if volume.storage is Storage.FAST else settings.storage.bulk
    return storage / volume.name


def _house_omissions(settings: Settings) -> Iterator[Omission]:
    yield Omission("host.key*", volumes.HOST_KEY)
    yield Omission("restored-*", volumes.RESTORED)
    yield Omission(".lock", volumes.LOCKS)
    yield Omission(".tmp-*", volumes.HALF_WRITTEN)
    storage = settings.storage
    for folder in (settings.root / "data", storage.fast, storage.bulk, storage.backup):
        if folder.is_relative_to(settings.root):
            name = str(folder.relative_to(settings.root))
            yield Omission(name, volumes.SAVED_ELSEWHERE)
            yield Omission(f"{name}/*", volumes.SAVED_ELSEWHERE)


def _omitted(house: "House") -> Iterator[Omission]:
    """Besides what is left out of the trees."""
    settings = house.settings
    yield Omission(str(settings.root / "data" / "run"), volumes.RUN_FOLDER)
    yield Omission(str(settings.storage.backup), volumes.BACKUPS)
    if not settings.database_url:
        yield Omission(f"{settings.storage.fast}/*.sqlite3*", volumes.SQLITE_FILES)
    if house.in_containers:
        yield from _omitted_of_containers(house)
    owners = (settings.tls.certificate, settings.tls.key, settings.relay.ca_file)
    for path in (settings.root / name for name in owners if name):
        if not path.is_relative_to(settings.root):
            yield Omission(str(path), volumes.OWNERS_FILES)


def _omitted_of_containers(house: "House") -> Iterator[Omission]:
    from machiya.bootstrap.containers import facts_of

    for volume in _volumes(house):
        if volume.storage is not Storage.RUN and volume.name in volumes.LEFT_OUT:
            yield Omission(str(_place(house.settings, volume)), volumes.LEFT_OUT[volume.name])
    yield Omission(str(facts_of(house.settings).secrets), volumes.SECRETS_IN_MEMORY)
    yield Omission("docker logs", volumes.CONTAINER_LOGS)
    yield Omission("docker images", volumes.IMAGES)
