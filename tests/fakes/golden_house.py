"""A house with everything in it, rendered: what tests/golden holds.

PYTHONPATH=tests python -m fakes.golden_house    writes it anew (make golden)
"""

import dataclasses
import shutil
from pathlib import Path

from fakes.stacks_samples import FACTS
from machiya.settings import Secrets
from machiya.stacks.facts import HouseFacts, RelayFacts
from machiya.stacks.images import all_image_folders
from machiya.stacks.render import render, render_secrets
from machiya.stacks.services import services

GOLDEN = Path(__file__).parents[1] / "golden"
HOUSES: dict[str, HouseFacts] = {
    "home": dataclasses.replace(
        FACTS,
        vpn_address="100.64.0.1",
        relay_domains={"example.jp": RelayFacts("smtp.example.jp", 465, "implicit", "example")},
        configuration="# machiya.toml\n",
    ),
    "street": dataclasses.replace(
        FACTS,
        tunnel_provider="cloudflared",
        scanning=False,
        antivirus=False,
        tls_minimum="1.2",
        selinux=True,
        webmail=None,
    ),
}


SECRETS = {name: "" if name.endswith("_passwords") else f"<{name}>" for name in Secrets.model_fields} | {
    name: f"<{name}>" for name in ("tls_certificate", "tls_fingerprint", "tls_key")
}


def rendered(facts: HouseFacts) -> dict[str, bytes]:
    """Every file of ``rendered/``, and each service's secrets under ``secrets/``, by path."""
    every = services(facts)
    tags = {folder: f"machiya/{folder}:tag" for folder in all_image_folders()}
    files = {file.path: file.content for file in render(facts, every, tags)}
    secrets = {f"secrets/{one.service}/{one.path}": one.content for one in render_secrets(facts, every, SECRETS)}
    return files | secrets


def kept(house: str) -> dict[str, bytes]:
    """What tests/golden holds of a house."""
    root = GOLDEN / house
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def write() -> None:
    """Write tests/golden anew."""
    for house, facts in HOUSES.items():
        shutil.rmtree(GOLDEN / house, ignore_errors=True)
        for path, content in rendered(facts).items():
            (GOLDEN / house / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / house / path).write_bytes(content)


if __name__ == "__main__":
    write()
