import dataclasses

import pytest
import yaml

from fakes.stacks_samples import FACTS, SERVICE, TAGS
from machiya.stacks.compose import compose, compose_text
from machiya.stacks.model import Image
from machiya.stacks.networks import Network


def test_compose_closes_a_container_by_default() -> None:
    made = compose(FACTS, (SERVICE,), TAGS)["services"]["dovecot"]
    assert made["read_only"] is True
    assert made["cap_drop"] == ["ALL"]
    assert made["cap_add"] == ["KILL"]
    assert made["security_opt"] == ["no-new-privileges:true"]
    assert made["user"] == "5000:5000"
    assert (made["mem_limit"], made["pids_limit"]) == (64 * 1024 * 1024, 50)
    assert made["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def test_compose_publishes_on_the_vpn_or_loopback_address() -> None:
    facts = dataclasses.replace(FACTS, vpn_address="100.64.0.1")
    made = compose(facts, (SERVICE,), TAGS)["services"]["dovecot"]
    assert made["ports"] == ["100.64.0.1:993:993/tcp", "127.0.0.1:8080:80/tcp"]


def test_compose_mounts_what_the_service_says_and_nothing_else() -> None:
    made = compose(FACTS, (SERVICE,), TAGS)["services"]["dovecot"]
    assert made["volumes"] == [
        "/srv/house/data/bulk/mail:/srv/mail:rw",
        "/srv/house/machiya.toml:/house/machiya.toml:ro",
        "/run/machiya/machiya/dovecot:/run/secrets:ro",
    ]


def test_compose_labels_mounts_where_the_host_has_selinux() -> None:
    made = compose(dataclasses.replace(FACTS, selinux=True), (SERVICE,), TAGS)["services"]["dovecot"]
    assert all(mount.endswith((",z", ",Z")) for mount in made["volumes"])


def test_compose_gives_fixed_addresses() -> None:
    made = compose(FACTS, (SERVICE,), TAGS)
    assert made["services"]["dovecot"]["networks"] == {
        "mailserver_network": {"ipv4_address": "10.77.1.14"},
        "vpn_network": {"ipv4_address": "10.77.4.14"},
    }
    assert set(made["networks"]) == {network.value for network in Network}
    assert made["networks"]["mailserver_network"]["internal"] is True
    assert all(len(one["driver_opts"]["com.docker.network.bridge.name"]) <= 15 for one in made["networks"].values())


def test_compose_names_an_image_that_is_pulled() -> None:
    pulled = dataclasses.replace(SERVICE, image=Image(reference="cloudflare/cloudflared:2026.1.0"))
    assert compose(FACTS, (pulled,), {})["services"]["dovecot"]["image"] == "cloudflare/cloudflared:2026.1.0"


def test_compose_refuses_a_service_without_an_address() -> None:
    with pytest.raises(KeyError):
        compose(FACTS, (dataclasses.replace(SERVICE, name="stranger"),), TAGS)


def test_compose_text_is_the_same_twice_and_is_what_it_says() -> None:
    text = compose_text(FACTS, (SERVICE,), TAGS)
    assert text == compose_text(FACTS, (SERVICE,), TAGS)
    assert yaml.safe_load(text) == compose(FACTS, (SERVICE,), TAGS)
