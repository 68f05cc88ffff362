"""``rendered/`` of a house: what would be written, looked at, checked, written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from machiya.adapters.files.rendered import RenderedFolder
from machiya.core.plan import Plan
from machiya.stacks.changes import Difference, differences, digest, effective, plan_of
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Service
from machiya.stacks.render import RenderedFile, render
from machiya.stacks.services import services


class Rendering:
    """The house's facts rendered once, beside what lies on the disk.

    Args:
        facts: of the house.
        tags: the image of each catalogue folder.
        force: also write over what a person edited.
    """

    def __init__(self, facts: HouseFacts, tags: Mapping[str, str], *, force: bool = False) -> None:
        self.facts, self.tags, self._force = facts, tags, force
        self._folder = RenderedFolder(facts.root / "rendered")

    @property
    def folder(self) -> Path:
        """``rendered/``, absolute."""
        return self._folder.root

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Every service of this house."""
        return services(self.facts)

    @cached_property
    def files(self) -> tuple[RenderedFile, ...]:
        """As rendered now."""
        return render(self.facts, self.services, self.tags)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What is not as rendered now."""
        return differences(self.files, self._folder.present(), self._folder.written())

    @property
    def edited(self) -> tuple[Difference, ...]:
        """What a person changed and is kept."""
        return tuple(one for one in self.differences if not one.becomes(force=self._force))

    @property
    def changes(self) -> tuple[Difference, ...]:
        """What would be written or removed."""
        return tuple(one for one in self.differences if one.becomes(force=self._force))

    @property
    def plan(self) -> Plan:
        """The changes with their checksum."""
        return plan_of(self.differences, len(self.files), force=self._force)

    @contextmanager
    def staged(self) -> Iterator[Path]:
        """A folder with everything as it would lie there, for the daemons' own checkers."""
        files = effective(self.files, self.differences, force=self._force)
        with self._folder.staged({file.path: (file.content, file.mode) for file in files}) as folder:
            yield folder

    def write(self, checksum: str) -> None:
        """Do the plan that was read.

        Raises:
            PlanChanged: the folder changed meanwhile.
            DiskFull, NotWritable, DiskFailed: the disk refused.
        """
        now = differences(self.files, self._folder.present(), self._folder.written())
        plan_of(now, len(self.files), force=self._force).require_checksum(checksum)
        changed = {one.path: (one.after.content, one.after.mode) if one.after else None for one in self.changes}
        self._folder.write(changed, self._record())

    def _record(self) -> dict[str, str]:
        """What we wrote: a kept edit stays an edit."""
        before = self._folder.written()
        kept = {one.path for one in self.edited}
        rendered = {file.path: digest(file.content) for file in self.files if file.path not in kept}
        return rendered | {path: before[path] for path in kept if path in before}
