"""What rendering would change in ``rendered/``: new bytes beside those on the disk and those written last time."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from machiya.core.plan import Action, Change, Plan
from machiya.stacks.render import RenderedFile

KIND = "rendered.file"


@dataclass(frozen=True, slots=True)
class Difference:
    """One file: ``before`` as it is, ``after`` as it would be (``None``: not there). ``edited``: by a person."""

    path: str
    before: bytes | None
    after: RenderedFile | None
    edited: bool = False

    def becomes(self, *, force: bool) -> bool:
        """Whether it is written: a person's edit is kept unless forced."""
        return force or not self.edited


def differences(
    files: tuple[RenderedFile, ...], present: Mapping[str, bytes], written: Mapping[str, str]
) -> tuple[Difference, ...]:
    """By path, what differs.

    Args:
        files: as rendered now.
        present: what lies in ``rendered/``, by path.
        written: SHA-256 (hex) of what was written last time, by path.
    """
    return tuple(sorted(_differences(files, present, written), key=lambda one: one.path))


def _differences(
    files: tuple[RenderedFile, ...], present: Mapping[str, bytes], written: Mapping[str, str]
) -> Iterator[Difference]:
    wanted = {file.path for file in files}
    for file in files:
        before = present.get(file.path)
        if before != file.content:
            yield Difference(file.path, before, file, before is not None and digest(before) != written.get(file.path))
    for path in sorted(set(written) - wanted):
        before = present.get(path)
        if before is not None:
            yield Difference(path, before, None, digest(before) != written[path])


def effective(
    files: tuple[RenderedFile, ...], found: tuple[Difference, ...], *, force: bool
) -> tuple[RenderedFile, ...]:
    """The files as they will lie there: rendered, but for those that a person's edit keeps."""
    kept = {one.path: one.before for one in found if one.before is not None and not one.becomes(force=force)}
    return tuple(
        RenderedFile(file.path, kept.get(file.path, file.content), file.mode)  # the mode is ours in any case
        for file in files
    )


def plan_of(found: tuple[Difference, ...], existing: int, *, force: bool) -> Plan:
    """The same as a plan; contents are given by their hashes."""
    changes = tuple(_change(one) for one in found if one.becomes(force=force))
    return Plan("rendered", changes, existing)


def _change(one: Difference) -> Change:
    after = digest(one.after.content) if one.after else None
    before = digest(one.before) if one.before is not None else None
    if one.after is None:
        return Change(Action.DELETE, KIND, one.path, "no service has it any more", before, after)
    if before is None:
        return Change(Action.CREATE, KIND, one.path, "a service needs it", before, after)
    return Change(Action.UPDATE, KIND, one.path, "settings or this program changed", before, after)


def digest(content: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(content).hexdigest()
