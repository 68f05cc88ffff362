"""The containers, networks and published ports of a project, as the engine tells them."""

from collections.abc import Iterator
from typing import Any

from machiya.adapters.docker.engine import DockerCli
from machiya.stacks.containers import Container

_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_FILE = "com.docker.compose.project.config_files"


class Containers:
    """Looks only.

    Args:
        docker: the engine.
    """

    def __init__(self, docker: DockerCli) -> None:
        self._docker = docker

    def of(self, project: str) -> tuple[Container, ...]:
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
        project=labels.get(_PROJECT, ""),
        compose_file=labels.get(_FILE, ""),
        image=str(found["Config"]["Image"]),
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
