"""How a new configuration is checked by its own daemon: in a container of its image that does nothing else."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from machiya.stacks.changes import Difference
from machiya.stacks.compose import SECRETS_TARGET, volume_path
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Service
from machiya.stacks.render import COMPOSE_FILE

CHECK_SECONDS = 180.0
_CONFIG = "config"


def check_options(facts: HouseFacts, service: Service, staged: Path) -> tuple[str, ...]:
    """The options of ``docker run`` that give the check what the service has, its storage read-only."""
    return tuple(_options(facts, service, staged))


def _options(facts: HouseFacts, service: Service, staged: Path) -> Iterator[str]:
    yield from ("--user", f"{service.user.uid}:{service.user.gid}", "--read-only", "--cap-drop", "ALL")
    yield from ("--security-opt", "no-new-privileges", "--memory", str(service.limits.memory_bytes))
    yield from ("--hostname", service.name)
    for capability in service.capabilities:
        yield from ("--cap-add", capability.name)
    for name, value in sorted(service.environment.items()):
        yield from ("--env", f"{name}={value}")
    for path, options in sorted(service.temporary.items()):
        yield from ("--tmpfs", f"{path}:{options}")
    for source, target in _mounts(facts, service, staged):
        yield from ("--volume", f"{source}:{target}:ro{',z' if facts.selinux else ''}")


def _mounts(facts: HouseFacts, service: Service, staged: Path) -> Iterator[tuple[str, str]]:
    for volume in service.volumes:
        yield volume_path(facts, volume), volume.target
    for file in service.house_files:
        yield str(facts.root / file.name), file.target
    if service.configs:
        yield str(staged / _CONFIG / service.name), service.config_target
    if service.secrets:
        yield str(facts.secrets / service.name), SECRETS_TARGET


def configured_anew(changes: Iterable[Difference]) -> set[str]:
    """The services whose configuration files change."""
    parts = (Path(change.path).parts for change in changes)
    return {words[1] for words in parts if len(words) > 1 and words[0] == _CONFIG}


def compose_changes(changes: Iterable[Difference]) -> bool:
    """Whether the Compose file changes."""
    return any(change.path == COMPOSE_FILE for change in changes)
