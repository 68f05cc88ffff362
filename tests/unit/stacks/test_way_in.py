import dataclasses
import json

from fakes.stacks_samples import FACTS, SERVICE
from machiya.stacks.ingress import Ingress
from machiya.stacks.render import missing_secrets, render
from machiya.stacks.services import services
from machiya.stacks.way_in import house_fence, house_ingress

CLOUDFLARED = dataclasses.replace(FACTS, tunnel_provider="cloudflared")


def rendered(facts: object = FACTS) -> dict[str, str]:
    assert isinstance(facts, type(FACTS))
    tags = {"nginx": "machiya/nginx:0"}
    found = tuple(one for one in services(facts) if one.name in {"nginx", "tunnel", "cloudflared"})
    return {file.path: file.content.decode() for file in render(facts, found, tags)}


def test_a_house_has_either_the_tunnel_or_its_stand_in() -> None:
    assert "cloudflared" not in {one.name for one in services(FACTS)}
    assert "tunnel" not in {one.name for one in services(CLOUDFLARED)}
    assert "cloudflared" in {one.name for one in services(CLOUDFLARED)}


def test_cloudflared_and_its_stand_in_have_the_same_ingress_file() -> None:
    real, stand_in = rendered(CLOUDFLARED), rendered()
    assert real["config/cloudflared/ingress.json"] == stand_in["config/tunnel/ingress.json"]
    assert Ingress.parse(real["config/cloudflared/ingress.json"]) == house_ingress(FACTS)
    assert json.loads(real["config/cloudflared/ingress.json"])["ingress"][-1] == {"service": "http_status:404"}


def test_stand_in_knows_each_rule_of_the_ingress_file() -> None:
    text = rendered()["config/tunnel/nginx.conf"]
    ingress = Ingress.parse(rendered()["config/tunnel/ingress.json"])
    assert [rule.service for rule in ingress.rules if f"proxy_pass {rule.service};" not in text] == []
    assert "server_name mail.home.test 127.0.0.1 localhost tunnel;" in text
    assert "location ~ ^/v1/ {" in text


def test_cloudflared_asks_for_its_token() -> None:
    found = tuple(one for one in services(CLOUDFLARED) if one.name == "cloudflared")
    assert missing_secrets(found, {}) == ("tunnel_token",)


def test_nginx_takes_one_byte_more_than_the_house_and_believes_the_tunnel_alone() -> None:
    text = rendered(dataclasses.replace(FACTS, message_bytes=1000))["config/nginx/nginx.conf"]
    assert "client_max_body_size 1001;" in text
    assert "the house takes 1000 bytes" in text
    assert "set_real_ip_from 10.77.3.18;" in text
    assert "server 10.77.3.16:8025 " in text


def test_house_fence_guards_what_the_services_publish_to_the_vpn() -> None:
    facts = dataclasses.replace(FACTS, vpn_address="100.64.0.1")
    fence = house_fence(facts, (SERVICE,))
    assert fence.chain == "MACHIYA-machiya"
    assert [rule for rule in fence.rules if "--dport" in rule] == [
        "! -i tailscale0 -d 100.64.0.1/32 -p tcp -m tcp --dport 993 -j DROP"
    ]
    assert sum(rule.startswith("-d 10.77.") for rule in fence.rules) == 5
