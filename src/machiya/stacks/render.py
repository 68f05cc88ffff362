"""The house's folder ``rendered/``, as data: pure, so that the same facts give the same bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

from machiya.stacks.compose import compose_text
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import SecretFile, Service
from machiya.stacks.templates import fill

COMPOSE_FILE = "compose.yaml"


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """``path`` is relative to ``rendered/``."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class RenderedSecret:
    """``path`` is relative to the tmpfs folder of ``service``. Never shown, never written to a disk."""

    service: str
    path: str
    content: bytes
    mode: int
    owner: tuple[int, int]


def render(facts: HouseFacts, all_services: tuple[Service, ...], tags: Mapping[str, str]) -> tuple[RenderedFile, ...]:
    """The Compose file and every service's configuration, by path."""
    files = [RenderedFile(COMPOSE_FILE, compose_text(facts, all_services, tags).encode(), 0o600)]
    files += [
        RenderedFile(
            f"config/{service.name}/{config.path}", fill(service, config.template, facts).encode(), config.mode
        )
        for service in all_services
        for config in service.configs
    ]
    return tuple(sorted(files, key=lambda file: file.path))


def render_secrets(
    facts: HouseFacts, all_services: tuple[Service, ...], secrets: Mapping[str, str]
) -> tuple[RenderedSecret, ...]:
    """What lies in each service's ``/run/secrets``.

    Raises:
        KeyError: a secret has no such name.
    """
    return tuple(
        RenderedSecret(
            service.name,
            file.path,
            _secret_content(facts, service, file, secrets),
            file.mode,
            file.owner or (service.user.uid, service.user.gid),
        )
        for service in all_services
        for file in service.secrets
    )


def missing_secrets(all_services: tuple[Service, ...], secrets: Mapping[str, str]) -> tuple[str, ...]:
    """Names of secrets that a service cannot do without and that are empty or not there."""
    wanted = {file.secret for service in all_services for file in service.secrets if file.secret and not file.optional}
    return tuple(sorted(name for name in wanted if not secrets.get(name)))


def _secret_content(facts: HouseFacts, service: Service, file: SecretFile, secrets: Mapping[str, str]) -> bytes:
    if file.template:
        return fill(service, file.template, facts, secrets).encode()
    return secrets[file.secret].encode()
