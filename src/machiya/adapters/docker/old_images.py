"""Images of the catalogue as it was described earlier: found, and removed where no container needs them."""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from machiya.adapters.docker.engine import DockerCli
from machiya.stacks.images import BASE, REPOSITORY

_OURS = re.compile(rf"{REPOSITORY}/[a-z0-9.-]+:[0-9a-f]{{16}}")


@dataclass(frozen=True, slots=True)
class OldImage:
    """An image that no catalogue folder describes any more.

    ``size_bytes``: what it holds beside the base image; layers that another image has, too, are counted, though they
    stay. ``users``: the containers, stopped ones too, that need it.
    """

    tag: str
    size_bytes: int
    users: tuple[str, ...]


class OldImages:
    """Looks at names as the builder gives them (``machiya/dovecot:0123456789abcdef``) and at no others.

    Args:
        docker: the engine.
        name: which images below ``machiya/``, as Docker's patterns go.
    """

    def __init__(self, docker: DockerCli, name: str = "*") -> None:
        self._docker, self._name = docker, name

    def find(self, current: Collection[str]) -> tuple[OldImage, ...]:
        """Every one whose name with tag is not in ``current``, by name."""
        found = self._docker.inspect("image", [tag for tag in self._tags() if tag not in current])
        images = {tag: image for image in found for tag in image.get("RepoTags") or ()}
        users, base = self._users(), self._base_bytes()
        return tuple(
            OldImage(tag, max(0, int(image["Size"]) - base), tuple(sorted(users[str(image["Id"])])))
            for tag, image in sorted(images.items())
            if _OURS.fullmatch(tag) and tag not in current
        )

    def remove(self, image: OldImage) -> None:
        """Remove it; never by force, so the engine itself refuses if a container needs it by now.

        Raises:
            EngineFailed: the engine refused.
        """
        self._docker.ask("image", "rm", image.tag)

    def _tags(self) -> tuple[str, ...]:
        pattern = f"reference={REPOSITORY}/{self._name}"
        said = self._docker.ask("image", "ls", "--filter", pattern, "--format", "{{.Repository}}:{{.Tag}}")
        return tuple(tag for tag in said.split() if _OURS.fullmatch(tag))

    def _users(self) -> defaultdict[str, list[str]]:
        ids = self._docker.ask("ps", "--all", "--quiet", "--no-trunc").split()
        users: defaultdict[str, list[str]] = defaultdict(list)
        for container in self._docker.inspect("container", ids):
            users[str(container["Image"])].append(str(container["Name"]).lstrip("/"))
        return users

    def _base_bytes(self) -> int:
        return sum(int(image["Size"]) for image in self._docker.inspect("image", [BASE]))
