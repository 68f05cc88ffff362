"""Builds the images of the catalogue; what is built already is not built again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from machiya.adapters.docker.engine import DockerCli
from machiya.core.clock import from_wire
from machiya.core.errors import Unavailable
from machiya.stacks.images import BUILD_ARGUMENTS, CERTIFICATES, PACKAGES_FILE, BuildContext

_BUILD_SECONDS = 1800.0
_STEP = re.compile(r"Step (\d+/\d+) : (.*)")
_STAGE_LABEL = "machiya.stage=build"
_SHOWN_LINES = 15


class BuildFailed(Unavailable):
    """An image could not be built."""

    code = "build_failed"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image that is here: its name with tag, size in bytes and when it was built."""

    tag: str
    size_bytes: int
    built: datetime


@dataclass(frozen=True, slots=True)
class BuildInput:
    """What a build may need of this machine and the image must not keep.

    ``arguments``: values of ``BUILD_ARGUMENTS``, by name; ``certificates``: more certificate authorities, PEM.
    """

    arguments: Mapping[str, str]
    certificates: bytes = b""


class ImageBuilder:
    """Builds with the classic builder, which every engine has.

    Args:
        docker: the engine.
        given: what builds may need of this machine.
    """

    def __init__(self, docker: DockerCli, given: BuildInput) -> None:
        self._docker, self._given = docker, given

    def find(self, tag: str) -> BuiltImage | None:
        """The image, if it is here."""
        found = self._docker.inspect("image", [tag])
        return BuiltImage(tag, int(found[0]["Size"]), _time(found[0]["Created"])) if found else None

    def build(self, context: BuildContext, tag: str, *, fresh: bool, on_step: Callable[[str], None]) -> None:
        """Build ``context`` as ``tag``; ``on_step`` hears ``3/7 RUN apt-get …``.

        Raises:
            BuildFailed: with the step and what it said last.
        """
        heard = _Progress(on_step)
        variables = {name: self._given.arguments[name] for name in BUILD_ARGUMENTS if name in self._given.arguments}
        done = self._docker.call(
            "build", "--network", "host", "--rm", "--force-rm", "--tag", tag,
            *(["--no-cache"] if fresh else []),
            *(word for name in variables for word in ("--build-arg", name)),
            "-",
            seconds=_BUILD_SECONDS,
            stdin=context.tar({CERTIFICATES: self._given.certificates}),
            environment=variables,
            on_line=heard,
        )  # fmt: skip
        if variables:  # the build stage knew them, and they may hold a password
            self._docker.call("image", "prune", "--force", "--filter", f"label={_STAGE_LABEL}")
        if not done.good:
            raise BuildFailed(
                f"{context.name} cannot be built: {done.last_words()}\n{heard.last()}",
                hint="The lines above are its last words; machiya images build goes on where it stopped.",
            )

    def packages(self, tag: str) -> tuple[str, ...]:
        """``name version`` of every Debian package in the image."""
        done = self._docker.throwaway(tag, ["cat", PACKAGES_FILE], seconds=60)
        return tuple(done.out.splitlines())


class _Progress:
    """Hears a build; keeps the present step and its last lines."""

    def __init__(self, on_step: Callable[[str], None]) -> None:
        self._on_step = on_step
        self._lines: list[str] = []

    def __call__(self, line: str) -> None:
        if step := _STEP.match(line):
            self._lines = []
            self._on_step(f"{step[1]} {step[2]}")
        self._lines = [*self._lines, f"  {line}"][-_SHOWN_LINES:]

    def last(self) -> str:
        return "\n".join(self._lines)


def _time(text: str) -> datetime:
    """Docker tells nanoseconds; Python takes microseconds."""
    return from_wire(re.sub(r"\.\d+", "", text))
