"""All services of a house, found in the catalogue: each folder's ``service.py`` has ``service(facts)``."""

import importlib
import pkgutil

from machiya.stacks import catalogue
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Service


def services(facts: HouseFacts) -> tuple[Service, ...]:
    """Every service this house has, by name; a catalogue folder whose ``service(facts)`` gives None is left out."""
    found = (_service(name, facts) for name in folders())
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.name))


def folders() -> tuple[str, ...]:
    """The catalogue's folders that hold a ``service.py``."""
    packages = (entry.name for entry in pkgutil.iter_modules(catalogue.__path__) if entry.ispkg)
    return tuple(sorted(packages))


def _service(folder: str, facts: HouseFacts) -> Service | None:
    module = importlib.import_module(f"{catalogue.__name__}.{folder}.service")
    made = module.service(facts)
    if made is not None and not isinstance(made, Service):
        raise TypeError(f"catalogue/{folder}/service.py: service() gives {type(made).__name__}")
    return made
