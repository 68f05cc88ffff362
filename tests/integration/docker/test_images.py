"""Images built by the real engine."""

import secrets

import pytest

from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.docker.images import BuildFailed, BuildInput, ImageBuilder
from machiya.stacks.images import BuildContext, with_package_list

pytestmark = pytest.mark.docker

SECRET = "https://user:hunter2@index.test/"
DOCKERFILE = """\
FROM debian:trixie-slim AS build
LABEL machiya.stage=build
ARG PIP_INDEX_URL
COPY certificates.pem /build/
RUN test "$PIP_INDEX_URL" = "https://user:hunter2@index.test/" && echo made >/made
FROM debian:trixie-slim
COPY --from=build /made /made
COPY start.sh /start.sh
USER 1000
"""


@pytest.fixture
def context(project: str) -> BuildContext:
    start = f"#!/bin/sh\n# {secrets.token_hex(8)}\ncat /made\n".encode()
    return BuildContext(project, {"Dockerfile": with_package_list(DOCKERFILE).encode(), "start.sh": start})


@pytest.fixture
def builder(docker: DockerCli) -> ImageBuilder:
    return ImageBuilder(docker, BuildInput({"PIP_INDEX_URL": SECRET}, b"-----BEGIN CERTIFICATE-----"))


def test_an_image_is_built_once_and_keeps_nothing_of_the_build(
    docker: DockerCli, builder: ImageBuilder, context: BuildContext
) -> None:
    tag, steps = context.tag("base"), list[str]()
    assert builder.find(tag) is None
    builder.build(context, tag, fresh=False, on_step=steps.append)
    image = builder.find(tag)
    assert image
    assert image.size_bytes > 10_000_000
    assert any("FROM debian:trixie-slim" in step for step in steps)
    assert docker.throwaway(tag, ["/start.sh"], seconds=180).out == "made\n"
    assert docker.throwaway(tag, ["id", "-u"], seconds=180).out == "1000\n"
    assert "hunter2" not in docker.ask("history", "--no-trunc", tag) + docker.ask("image", "inspect", tag)
    assert not docker.throwaway(tag, ["test", "-e", "/build"], seconds=180).good
    assert (
        docker.ask("image", "ls", "--quiet", "--filter", "label=machiya.stage=build", "--filter", "dangling=true") == ""
    )


def test_an_image_tells_its_packages(builder: ImageBuilder, context: BuildContext) -> None:
    tag = context.tag("base")
    builder.build(context, tag, fresh=False, on_step=lambda _: None)
    names = [line.split(" ")[0] for line in builder.packages(tag)]
    assert {"bash", "coreutils", "dpkg"} <= set(names)


def test_a_build_that_fails_shows_what_its_last_step_said(builder: ImageBuilder, project: str) -> None:
    broken = BuildContext(project, {"Dockerfile": b"FROM debian:trixie-slim\nRUN echo the disk burns; false\n"})
    with pytest.raises(BuildFailed, match="the disk burns") as caught:
        builder.build(broken, broken.tag("base"), fresh=False, on_step=lambda _: None)
    assert project in caught.value.message
