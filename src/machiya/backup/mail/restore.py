"""Bringing messages back: planned first; what the mailbox has already is left alone, nothing is overwritten."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

from machiya.backup.mail.keywords import KeywordTable, read_keywords
from machiya.backup.mail.messages import maildir_path
from machiya.backup.mail.model import SavedMessage
from machiya.backup.mail.ports import ContentDamaged, Incoming, LiveMailbox
from machiya.backup.mail.selection import Destination
from machiya.backup.ports import Snapshot
from machiya.core.errors import NotFound
from machiya.core.progress import Progress

KEYWORDS_FILE = b"dovecot-keywords"
_KEYWORDS_BYTES = 64 * 1024


class Outcome(StrEnum):
    """What becomes of a message."""

    RESTORE = "restore"
    THERE = "there"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Step:
    """One message; ``folder``: where it goes, or where the mailbox has it already. ``lost``: keywords."""

    message: SavedMessage
    outcome: Outcome
    folder: bytes
    letters: str = ""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done: each message, and the folders to be made with their keywords."""

    steps: tuple[Step, ...]
    new_folders: Mapping[bytes, tuple[str, ...]] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """What comes into the mailbox."""
        return sum(step.message.size for step in self.steps if step.outcome is Outcome.RESTORE)


def plan(snapshot: Snapshot, wanted: Sequence[SavedMessage], destination: Destination, live: LiveMailbox) -> Plan:
    """Look only. A message is there already where any folder of the mailbox holds the same bytes.

    Raises:
        OSError: the mailbox cannot be read.
    """
    there = live.digests({message.size for message in wanted})
    meanings, tables = _Meanings(snapshot), _Tables(live)
    steps: list[Step] = []
    planned: set[tuple[bytes, str]] = set()
    for message in wanted:
        folder = destination(message)
        if message.sha256 in there:
            steps.append(Step(message, Outcome.THERE, there[message.sha256]))
        elif (folder, message.sha256) in planned:
            steps.append(Step(message, Outcome.THERE, folder))
        else:
            planned.add((folder, message.sha256))
            letters, lost = tables.of(folder).letters_for(message.letters, meanings.of(message))
            steps.append(Step(message, Outcome.RESTORE, folder, letters, lost))
    return Plan(tuple(steps), tables.new_folders())


def carry_out(
    planned: Plan, snapshot: Snapshot, live: LiveMailbox, progress: Progress, *, only_look: bool = False
) -> Iterator[Step]:
    """Do what was planned; each step as it went: a message that is damaged in the snapshot is told, not restored.

    Raises:
        OSError: the mailbox's disk is full or failed; what was restored so far is whole.
        Cancelled: the same.
    """
    done, total = 0, planned.size_bytes
    for folder, keywords in planned.new_folders.items():
        if not only_look:
            live.make_folder(folder, keywords)
    for step in planned.steps:
        if step.outcome is Outcome.RESTORE:
            progress.step("mail", done, total, unit="bytes")
            yield _restored(step, snapshot, None if only_look else live)
            done += step.message.size
        else:
            yield step
    if not only_look:
        live.close()


def _restored(step: Step, snapshot: Snapshot, live: LiveMailbox | None) -> Step:
    message = step.message
    incoming = Incoming(message.base, step.letters, message.mtime_ns, message.size, message.sha256)
    try:
        with snapshot.open(message.path) as content:
            if live is None:
                _check(content, message)
            else:
                live.deliver(step.folder, incoming, content)
    except (ContentDamaged, NotFound):
        return Step(message, Outcome.DAMAGED, step.folder)
    return step


def _check(content: BinaryIO, message: SavedMessage) -> None:
    try:
        if hashlib.file_digest(content, "sha256").hexdigest() == message.sha256:  # type: ignore[arg-type]
            return
    except OSError as error:
        raise ContentDamaged("the backup disk does not give it") from error
    raise ContentDamaged("it is not what the manifest says")


class _Meanings:
    """What the letters meant in the folders of the snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._read: dict[tuple[bytes, bytes], tuple[str, ...]] = {}

    def of(self, message: SavedMessage) -> tuple[str, ...]:
        key = message.home, message.folder
        if key not in self._read:
            self._read[key] = self._look(maildir_path(*key) + b"/" + KEYWORDS_FILE)
        return self._read[key]

    def _look(self, path: bytes) -> tuple[str, ...]:
        try:
            with self._snapshot.open(path) as file:
                return read_keywords(file.read(_KEYWORDS_BYTES))
        except (OSError, NotFound):
            return ()


class _Tables:
    """The letters of the folders that messages go to."""

    def __init__(self, live: LiveMailbox) -> None:
        self._live = live
        self._tables: dict[bytes, KeywordTable] = {}
        self._new: list[bytes] = []

    def of(self, folder: bytes) -> KeywordTable:
        if folder not in self._tables:
            new = not self._live.has_folder(folder)
            self._tables[folder] = KeywordTable(() if new else self._live.keywords(folder), new=new)
            self._new += [folder] if new else []
        return self._tables[folder]

    def new_folders(self) -> dict[bytes, tuple[str, ...]]:
        return {folder: tuple(self._tables[folder].names) for folder in self._new}
