"""The gate lets nothing through that it should not."""

import pytest

from fakes.caller import ORIGIN, OWN_FORM, Caller
from fakes.usermgmt_site import PASSWORD, ROLES, YOU, Site
from machiya.access.model import Who
from machiya.entrypoints.usermgmt.app import BODY_BYTES, create_app
from machiya.entrypoints.usermgmt.serving import Serving

ADD = "/domains/add"


def domains(site: Site) -> list[str]:
    with site.house.accounts_uow(read_only=True) as work:
        return [str(domain.name) for domain in work.accounts.domains()]


def paths(site: Site, method: str) -> list[str]:
    """One path for each route of this method that is not public."""
    values = {"name": "home.test", "address": YOU, "which": "0" * 36, "place": 1, "token": "x"}
    adapter = site.app.url_map.bind("machiya.home.test")
    found = [
        adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method=method)
        for rule in site.app.url_map.iter_rules()
        if method in (rule.methods or ())
    ]
    public = ("/login", "/language", "/invitation", "/healthz", "/style.css", "/icon.svg")
    return [path for path in found if not path.startswith(public)]


def test_gate_sends_strangers_to_the_log_in_page(site: Site) -> None:
    stranger = site.caller()
    answers = {path: stranger.get(path) for path in paths(site, "GET")}
    assert len(answers) > 30
    assert {path for path, answer in answers.items() if answer.status_code != 303} == set()
    assert all(answer.location and answer.location.startswith("/login?next=") for answer in answers.values())


def test_gate_refuses_forms_of_strangers(site: Site) -> None:
    stranger = site.caller()
    data = {"csrf_token": stranger.token()}
    before = site.actions()
    assert {path for path in paths(site, "POST") if stranger.post(path, data).status_code != 401} == set()
    assert site.actions() == before


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("olga", {"/domains/", "/audit/", "/administrators/"}),
        ("adam", {"/domains/", "/audit/"}),
        ("otto", {"/domains/"}),
        ("vera", {"/domains/"}),
        (YOU, {"/my/vacation/"}),
    ],
)
def test_gate_opens_to_roles_what_is_theirs(site: Site, name: str, allowed: set[str]) -> None:
    caller = site.as_(name)
    asked = ("/domains/", "/audit/", "/administrators/", "/my/vacation/")
    assert {path for path in asked if caller.get(path).status_code == 200} == allowed
    assert {caller.get(path).status_code for path in set(asked) - allowed} == {403}


@pytest.mark.parametrize("name", ["otto", "vera", YOU])
def test_gate_refuses_forms_without_permission(site: Site, name: str) -> None:
    caller = site.as_(name)
    answer = caller.post(ADD, {"csrf_token": caller.token(), "name": "new.test"})
    assert (answer.status_code, domains(site)) == (403, ["home.test"])


FOREIGN_HOSTS = ["street.example", "", "machiya.home.test.street.example", "[::2]", "a:b@street.example"]
OWN_HOSTS = ["machiya.home.test:8443", "MACHIYA.home.test", "localhost", "[::1]:8443", "127.0.0.1"]
HEADERS = [
    {},
    {"Origin": "https://street.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN},
    {"Sec-Fetch-Site": "none"},
    {"Origin": ORIGIN.replace("https", "http")},
    {"Origin": f"{ORIGIN}:8443"},
]


@pytest.mark.parametrize("headers", HEADERS)
def test_gate_refuses_forms_of_other_sites(site: Site, olga: Caller, headers: dict[str, str]) -> None:
    data = {"csrf_token": olga.token(), "name": "new.test"}
    assert olga.post(ADD, data, headers).status_code == 403
    assert domains(site) == ["home.test"]


@pytest.mark.parametrize("headers", [OWN_FORM, {"Origin": ORIGIN}, {"Sec-Fetch-Site": "same-origin"}])
def test_gate_takes_own_forms(site: Site, olga: Caller, headers: dict[str, str]) -> None:
    data = {"csrf_token": olga.token(), "name": "new.test"}
    assert olga.post(ADD, data, headers).status_code == 303
    assert "new.test" in domains(site)


def test_gate_binds_the_token_of_a_form_to_the_session(site: Site, olga: Caller) -> None:
    others = [site.as_("adam").token(), site.caller().token(), "", "é", "0" * 64]
    answers = [olga.post(ADD, {"csrf_token": token, "name": "new.test"}).status_code for token in others]
    assert (answers, domains(site)) == ([403] * 5, ["home.test"])


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_gate_refuses_other_host_names(site: Site, host: str) -> None:
    answer = site.caller().get("/login", {"Host": host})
    assert answer.status_code == 400
    assert "Not a name of this house" in answer.text


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_gate_knows_the_names_of_the_house(site: Site, host: str) -> None:
    assert site.caller().get("/login", {"Host": host}).status_code == 200


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.4", 400), ("", 400)])
def test_gate_takes_plain_http_from_this_machine_only(site: Site, peer: str, status: int) -> None:
    answer = site.app.test_client().get("/login", base_url="http://localhost", environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == status


def test_gate_is_not_told_by_headers_that_a_request_is_encrypted_or_near(site: Site) -> None:
    spoofed = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1;proto=https"}
    far = {"REMOTE_ADDR": "192.168.1.4"}
    answer = site.app.test_client().get("/login", base_url="http://localhost", environ_base=far, headers=spoofed)
    assert answer.status_code == 400


def test_gate_of_a_house_in_containers_takes_no_plain_http(site: Site) -> None:
    app = create_app(site.house, Serving(frozenset({"localhost"})))
    assert app.test_client().get("/login", base_url="http://localhost").status_code == 400


def test_gate_believes_forwarded_addresses_of_trusted_proxies_only(site: Site) -> None:
    spoofing = Caller(site.app, address="100.64.0.9")
    spoofing.client.environ_base["HTTP_X_FORWARDED_FOR"] = "100.64.0.1"
    spoofing.log_in("olga", PASSWORD)
    assert [one.client_address for one in site.house.access.sessions.list(_olga(site))] == ["100.64.0.9"]
    proxied = create_app(site.house, Serving(frozenset({"machiya.home.test"}), frozenset({"100.64.0.9"})))
    caller = Caller(proxied, address="100.64.0.9")
    caller.client.environ_base["HTTP_X_FORWARDED_FOR"] = "100.64.0.66, 100.64.0.1"
    caller.log_in("olga", PASSWORD)
    addresses = {one.client_address for one in site.house.access.sessions.list(_olga(site))}
    assert addresses == {"100.64.0.9", "100.64.0.1"}


def _olga(site: Site) -> Who:
    return site.house.access.administrators.find("olga").who


@pytest.mark.parametrize("bad", ["\r\nBcc: x", "\x00", "a\tb", "\x1b[31m", "\u2028", "\x85"])
def test_gate_refuses_control_characters_in_every_field(site: Site, olga: Caller, bad: str) -> None:
    data = {"csrf_token": olga.token(), "name": f"new.test{bad}"}
    answer = olga.post(ADD, data)
    assert answer.status_code == 400
    assert "A character that cannot be used" in answer.text
    assert olga.post(ADD, {"csrf_token": data["csrf_token"], "name": "new.test", f"x{bad}": "1"}).status_code == 400
    assert domains(site) == ["home.test"]


def test_gate_refuses_a_body_larger_than_any_form(olga: Caller) -> None:
    answer = olga.post(ADD, {"csrf_token": olga.token(), "name": "x" * BODY_BYTES})
    assert answer.status_code == 413
    assert "larger than any form" in answer.text


@pytest.mark.parametrize("name", ROLES)
def test_gate_has_pages_for_what_is_not_there(site: Site, name: str) -> None:
    caller = site.as_(name)
    assert caller.get("/nothing").status_code == 404
    assert caller.send("DELETE", ADD).status_code == 405


def test_gate_asks_for_the_password_again_before_dangerous_acts(site: Site, olga: Caller) -> None:
    remove = "/domains/home.test/remove"
    assert olga.get(remove).status_code == 200
    token = olga.token()
    site.house.moving.move(minutes=11)
    assert olga.get(remove).location == f"/confirm?next={remove}"
    assert olga.post(remove, {"csrf_token": token, "typed": "home.test"}).status_code == 401
    assert domains(site) == ["home.test"]
    assert olga.fill(f"/confirm?next={remove}", "/confirm", password="wrong").status_code == 401
    confirmed = olga.fill(f"/confirm?next={remove}", "/confirm", password=PASSWORD)
    assert (confirmed.status_code, confirmed.location) == (303, remove)
    assert olga.get(remove).status_code == 200
