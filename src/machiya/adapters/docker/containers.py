"""The containers, networks and images of a project, as the engine tells them."""

from collections.abc import Iterator, Sequence
from typing import Any

from machiya.adapters.docker.engine import DockerCli
from machiya.core.commands import Finished
from machiya.stacks.compose import HOUSE_LABEL, NETWORKS_LABEL
from machiya.stacks.containers import Container

_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"


class DockerEngine:
    """The engine as the house in containers uses it.

    Args:
        docker: its command line.
    """

    def __init__(self, docker: DockerCli) -> None:
        self._docker = docker

    def version(self) -> str:
        """Its version.

        Raises:
            EngineMissing, EngineDead: there is nobody to ask.
        """
        return self._docker.version()

    def has_image(self, tag: str) -> bool:
        """Whether the image is here."""
        return bool(self._docker.inspect("image", [tag]))

    def throwaway(self, image: str, command: Sequence[str], *, options: Sequence[str] = (), seconds: float) -> Finished:
        """As ``DockerCli.throwaway``."""
        return self._docker.throwaway(image, command, options=options, seconds=seconds)

    def execute(self, container: str, command: Sequence[str], *, seconds: float) -> Finished:
        """Run ``command`` in a running container."""
        return self._docker.call("exec", container, *command, seconds=seconds)

    def containers(self, project: str) -> tuple[Container, ...]:
        """The containers of ``project``, stopped ones too."""
        ids = self._docker.ask("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={_PROJECT}={project}")
        return tuple(_container(found) for found in self._docker.inspect("container", ids.split()))

    def subnets(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Every network of the engine: its name → the project that made it, its subnets."""
        names = self._docker.ask("network", "ls", "--quiet", "--no-trunc").split()
        return {
            str(found["Name"]): (str((found.get("Labels") or {}).get(_PROJECT, "")), tuple(_subnets(found)))
            for found in self._docker.inspect("network", names)
        }


def _container(found: dict[str, Any]) -> Container:
    labels, state = found["Config"].get("Labels") or {}, found["State"]
    health = state.get("Health") or {}
    log = health.get("Log") or [{}]
    return Container(
        service=labels.get(_SERVICE, ""),
        name=str(found["Name"]).lstrip("/"),
        id=str(found["Id"]),
        house=labels.get(HOUSE_LABEL, ""),
        networks=labels.get(NETWORKS_LABEL, ""),
        state=str(state["Status"]),
        health=str(health.get("Status", "")).replace("none", ""),
        health_output=str(log[-1].get("Output", "")),
        exit_code=int(state["ExitCode"]),
        error=str(state.get("Error", "")),
        out_of_memory=bool(state.get("OOMKilled")),
        restarts=int(found.get("RestartCount", 0)),
        since=str(state["StartedAt"] if state["Status"] == "running" else state["FinishedAt"])[:19] + "Z",
    )


def _subnets(network: dict[str, Any]) -> Iterator[str]:
    for part in (network.get("IPAM") or {}).get("Config") or []:
        if part.get("Subnet"):
            yield str(part["Subnet"])
