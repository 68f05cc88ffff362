"""Images of earlier versions, removed from the real engine – by a name of this run only."""

import secrets

import pytest

from machiya.adapters.docker.engine import DockerCli, EngineFailed
from machiya.adapters.docker.images import BuildInput, ImageBuilder
from machiya.adapters.docker.old_images import OldImages
from machiya.stacks.images import BASE, BuildContext

pytestmark = pytest.mark.docker


def built(docker: DockerCli, project: str) -> str:
    """A small image of its own content."""
    random = secrets.token_hex(8)
    context = BuildContext(project, {"Dockerfile": f"FROM {BASE}\nRUN echo {random} >/{random}\n".encode()})
    tag = context.tag("base")
    ImageBuilder(docker, BuildInput({})).build(context, tag, fresh=False, on_step=lambda _: None)
    return tag


def test_only_images_that_are_neither_current_nor_needed_are_removed(docker: DockerCli, project: str) -> None:
    current, old, needed = (built(docker, project) for _ in range(3))
    other = current.partition(":")[0] + ":by-hand"
    docker.ask("image", "tag", old, other)
    docker.ask("create", "--name", project, needed, "true")
    images = OldImages(docker, project)
    found = {image.tag: image for image in images.find({current})}
    assert {tag: image.users for tag, image in found.items()} == {old: (), needed: (project,)}
    images.remove(found[old])
    with pytest.raises(EngineFailed, match="is using"):
        images.remove(found[needed])
    assert [image["RepoTags"] for image in docker.inspect("image", [old])] == []
    assert len(docker.inspect("image", [current, needed, other, BASE])) == 4
    assert [image.tag for image in images.find({current})] == [needed]
