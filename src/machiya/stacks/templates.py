"""Templates of the catalogue, filled strictly: an unknown name is an error, and nothing is escaped."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound

from machiya.stacks import catalogue
from machiya.stacks.facts import HouseFacts
from machiya.stacks.listening import PORTS
from machiya.stacks.model import Service
from machiya.stacks.networks import HOSTS, Network, address, gateway, subnet
from machiya.stacks.way_in import house_ingress


class _CatalogueLoader(BaseLoader):
    """``folder/template`` is the file ``catalogue/folder/config/template``."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002 – jinja2's signature
        folder, _, name = template.partition("/")
        try:
            return (folder_of(folder) / "config" / name).read_text("utf-8"), template, None
        except OSError as error:
            raise TemplateNotFound(template) from error


def folder_of(folder: str) -> Traversable:
    """A folder of the catalogue, as files."""
    return resources.files(catalogue) / folder


@cache
def _environment() -> Environment:
    # What is rendered are configuration files of daemons, not HTML.
    return Environment(  # noqa: S701 – as said above
        loader=_CatalogueLoader(),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def fill(service: Service, template: str, facts: HouseFacts, secrets: Mapping[str, str] | None = None) -> str:
    """The text of ``template``, which may use ``house``, ``address(network, service)``, ``secrets`` and the like.

    Raises:
        jinja2.UndefinedError: it names something that is not there.
    """
    prefix = facts.network_prefix
    return (
        _environment()
        .get_template(f"{service.image.folder or service.name}/{template}")
        .render(
            house=facts,
            service=service,
            networks={network.name.lower(): network for network in Network},
            hosts=HOSTS,
            address=lambda network, name: address(prefix, Network(network), name),
            subnet=lambda network: subnet(prefix, Network(network)),
            ports=PORTS,
            ingress=house_ingress(facts),
            gateway=lambda network: gateway(prefix, Network(network)),
            secrets=secrets or {},
        )
    )
