"""Every service's secrets go to its own folder in memory, once all that are needed are set."""

from collections.abc import Mapping

from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Service
from machiya.stacks.ports import Host, SecretsMissing
from machiya.stacks.render import missing_secrets, render_secrets


def write_secrets(facts: HouseFacts, services: tuple[Service, ...], values: Mapping[str, str], host: Host) -> set[str]:
    """Write them; the services whose secrets changed.

    Raises:
        SecretsMissing: a service needs one that is not set.
    """
    missing = missing_secrets(services, values)
    if missing:
        raise SecretsMissing(
            f"not set: {', '.join(missing)}",
            hint="machiya init makes keys and passwords; machiya secret set NAME takes what others gave you.",
        )
    names = [service.name for service in services if service.secrets]
    return host.write_secrets(names, render_secrets(facts, services, values))
