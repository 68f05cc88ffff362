"""The workshop where images are made: the engine, the base, the catalogue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import machiya
from machiya.adapters.docker.base import BaseImage, Way
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.docker.images import BuildInput, BuiltImage, ImageBuilder
from machiya.adapters.docker.old_images import OldImage, OldImages
from machiya.adapters.shell.commands import ShellCommands
from machiya.core.commands import Commands
from machiya.core.errors import NotFound
from machiya.settings.sources import process_environment
from machiya.stacks.images import BUILD_ARGUMENTS, BuildContext, all_image_folders, build_context, package_files

_PACKAGE = Path(machiya.__file__).parent
_OUR_IMAGE = "machiya"
_LOCK = "requirements.lock"


@dataclass(frozen=True, slots=True)
class ImageReport:
    """An image of the catalogue; ``built`` None: it is not here as the catalogue describes it now."""

    name: str
    tag: str
    built: BuiltImage | None


class Workshop:
    """Where images are made; it belongs to the machine, not to a house.

    Args:
        commands: starts programs.
    """

    def __init__(self, commands: Commands | None = None) -> None:
        self._commands = commands or shell_commands()
        self.docker = DockerCli(self._commands)

    @cached_property
    def builder(self) -> ImageBuilder:
        """Builds and finds images."""
        return ImageBuilder(self.docker, _build_input())

    @cached_property
    def base(self) -> BaseImage:
        """The base of all."""
        return BaseImage(self.docker, self._commands, process_environment().get("DEBIAN_MIRROR", ""))

    @cached_property
    def contexts(self) -> dict[str, BuildContext]:
        """Every image of the catalogue by its folder."""
        return {folder: build_context(folder, _beside(folder)) for folder in all_image_folders()}

    def chosen(self, names: list[str]) -> tuple[BuildContext, ...]:
        """Those named; all if none is.

        Raises:
            NotFound: there is no such image.
        """
        known = {context.name: context for context in self.contexts.values()}
        for name in names:
            if name not in known:
                raise NotFound(f"there is no image {name!r}", hint=f"There are {', '.join(known)}.")
        return tuple(known[name] for name in names or known)

    def reports(self) -> tuple[ImageReport, ...]:
        """Every image of the catalogue and whether it is here."""
        self.docker.version()
        base = self.base.id
        tags = [(context.name, context.tag(base)) for context in self.contexts.values()]
        return tuple(ImageReport(name, tag, self.builder.find(tag) if base else None) for name, tag in tags)

    def tags(self) -> dict[str, str]:
        """The image with its tag of every folder of the catalogue, as it is described now."""
        base = self.base.id
        return {folder: context.tag(base) for folder, context in self.contexts.items()}

    def outdated(self) -> tuple[OldImage, ...]:
        """Images of the catalogue as it was described earlier, also those that containers still need.

        Raises:
            NotFound: the base image is not here, and without it nothing can be told from anything else.
        """
        if not self.base.id:
            raise NotFound("the base image is not here", hint="Have it first: machiya images base.")
        return OldImages(self.docker).find(set(self.tags().values()))

    def prune(self, *, dry_run: bool) -> Iterator[OldImage]:
        """Remove (``dry_run``: only name) the outdated images that no container needs; each as it is removed.

        Raises:
            NotFound: as ``outdated``.
            EngineFailed: the engine keeps one.
        """
        for image in self.outdated():
            if not image.users and not dry_run:
                OldImages(self.docker).remove(image)
            yield image

    def build(
        self, names: list[str], *, fresh: bool, on_step: Callable[[str, str], None]
    ) -> Iterator[tuple[str, bool]]:
        """Build what is missing (``fresh``: all); each tag and whether it was built now.

        Raises:
            BuildFailed: as ``ImageBuilder.build``.
        """
        base = self.base.id
        for context in self.chosen(names):
            tag = context.tag(base)
            needed = fresh or self.builder.find(tag) is None
            if needed:
                self.builder.build(context, tag, fresh=fresh, on_step=partial(on_step, context.name))
            yield tag, needed

    def have_base(self, way: Way, *, fresh: bool) -> bool:
        """Have the base image; whether it came now."""
        self.docker.version()
        return self.base.ensure(way, fresh=fresh)


def shell_commands() -> ShellCommands:
    """Programs of this machine, with this process's environment."""
    return ShellCommands(process_environment())


def _build_input() -> BuildInput:
    environment = process_environment()
    given = {name: environment[name] for name in BUILD_ARGUMENTS if environment.get(name)}
    bundle = Path(environment.get("PIP_CERT", ""))
    return BuildInput(given, bundle.read_bytes() if bundle.is_file() else b"")


def _beside(folder: str) -> dict[str, bytes]:
    """What our own image needs from outside the catalogue: the package and its locked dependencies."""
    if folder != _OUR_IMAGE:
        return {}
    places = (_PACKAGE / _LOCK, _PACKAGE.parents[1] / _LOCK)  # in a wheel, in a checkout
    lock = next((place for place in places if place.is_file()), None)
    if lock is None:
        raise NotFound(f"{_LOCK} is not here", hint="Install Machiya from its checkout or from its wheel.")
    return package_files(_PACKAGE) | {_LOCK: lock.read_bytes()}
