"""The machine below the house: it goes down without a word and comes up as systemd and the engine would have it."""

import shlex
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from house.house import House
from house.yard import SECRETS
from integration.closed.commands import run
from machiya.bootstrap import open_house

_POLICIES = {"always", "unless-stopped"}


def power_cut(house: House) -> None:
    """Every process is dead, what lay in memory is gone: the secrets and the fence. The engine itself stays."""
    alive = [service for service in house.services() if house.inspect(service)["State"]["Running"]]
    run("docker", "kill", *map(house.container, alive))
    open_house(house.root).walls().take_down()
    shutil.rmtree(SECRETS)


def boot(house: House) -> None:
    """What the rendered unit runs; then the engine starts what it would, all at once and in no order."""
    unit = house.machiya("boot", "unit").splitlines()
    (command,) = (line.removeprefix("ExecStart=") for line in unit if line.startswith("ExecStart="))
    run(*shlex.split(command))
    start_at_once(house, [service for service in house.services() if _comes_back(house, service)])


def _comes_back(house: House, service: str) -> bool:
    return house.inspect(service)["HostConfig"]["RestartPolicy"]["Name"] in _POLICIES


def stop_at_once(house: House, services: Iterable[str]) -> None:
    """Ask them to end; they stay so."""
    run("docker", "stop", "--time", "20", *map(house.container, services))


def start_at_once(house: House, services: Sequence[str]) -> None:
    """Start them; none waits for another."""
    start: Callable[[str], str] = lambda service: run("docker", "start", house.container(service))  # noqa: E731 – short
    with ThreadPoolExecutor(len(services)) as threads:
        list(threads.map(start, services))
