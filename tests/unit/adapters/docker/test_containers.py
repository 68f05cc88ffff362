import json
from typing import Any

from fakes.commands import FakeCommands
from machiya.adapters.docker.containers import DockerEngine
from machiya.adapters.docker.engine import DockerCli
from machiya.core.commands import Finished

LABELS = {
    "com.docker.compose.project": "home",
    "com.docker.compose.service": "dovecot",
    "machiya.house": "/srv/house",
}
RUNNING = {
    "Status": "running", "ExitCode": 0, "Error": "", "OOMKilled": False,
    "StartedAt": "2026-11-28T22:18:39.839440029Z", "FinishedAt": "0001-01-01T00:00:00Z",
    "Health": {"Status": "unhealthy", "Log": [{"Output": "first"}, {"Output": "last"}]},
}  # fmt: skip


def containers(kind: str, *found: dict[str, Any]) -> DockerEngine:
    listed = Finished(0, "".join(f"id{number}\n" for number in range(len(found))), "")
    return DockerEngine(
        DockerCli(
            FakeCommands(
                {
                    ("docker", "ps"): listed,
                    ("docker", "network", "ls"): listed,
                    ("docker", kind, "inspect"): Finished(0, json.dumps(found), ""),
                }
            )
        )
    )


def container(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": "c1",
        "Name": "/home-dovecot-1",
        "Config": {"Image": "i:1", "Labels": LABELS},
        "State": state,
        "RestartCount": 2,
    }


def test_containers_reads_state_health_and_who_made_it() -> None:
    found = containers("container", container(RUNNING)).containers("home")[0]
    assert (found.service, found.name) == ("dovecot", "home-dovecot-1")
    assert (found.state, found.health, found.health_output, found.restarts) == ("running", "unhealthy", "last", 2)
    assert (found.id, found.house, found.since) == ("c1", "/srv/house", "2026-11-28T22:18:39Z")


def test_containers_reads_how_it_ended() -> None:
    ended = RUNNING | {"Status": "exited", "ExitCode": 3, "FinishedAt": "2026-11-28T23:00:00Z", "Health": None}
    found = containers("container", container(ended)).containers("home")[0]
    assert (found.state, found.exit_code, found.health, found.since) == ("exited", 3, "", "2026-11-28T23:00:00Z")


def test_containers_an_empty_project() -> None:
    assert containers("container").containers("home") == ()


def test_subnets_tell_the_project_of_each_network() -> None:
    ours = {"Name": "home_mail", "Labels": LABELS, "IPAM": {"Config": [{"Subnet": "10.77.1.0/24"}]}}
    host = {"Name": "host", "Labels": None, "IPAM": {"Config": None}}
    assert containers("network", ours, host).subnets() == {"home_mail": ("home", ("10.77.1.0/24",)), "host": ("", ())}
