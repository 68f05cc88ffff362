from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.containers import FakeMachine, house
from machiya.core.errors import NotFound
from machiya.stacks.ports import (
    ConfigurationRefused,
    HouseIll,
    ImagesMissing,
    NetworkTaken,
    NotUp,
    PlaceTaken,
    SecretsMissing,
)

CONFIG = "config/dovecot/dovecot.conf"


def test_up_of_a_new_house_does_everything_in_its_order() -> None:
    machine = FakeMachine()
    house(machine, CONFIG, "compose.yaml").up()
    steps = [step for step in machine.done if not step.startswith("folder")]
    assert steps == [
        "root", "certify", "secrets dovecot: key", "check machiya/dovecot:1 doveconf", "write",
        "fence", "up mariadb", "settle", "up",
    ]  # fmt: skip
    assert "folder /srv/house/data/bulk/mail 700 5000:5000" in machine.done


def test_up_checks_with_what_the_service_has_and_cannot_change_anything() -> None:
    machine = FakeMachine()
    house(machine, CONFIG).up()
    options = " ".join(machine.options)
    assert "--user 5000:5000 --read-only --cap-drop ALL" in options
    assert "--volume /srv/house/rendered/.staged/config/dovecot:/etc/dovecot:ro" in options
    assert "--volume /srv/house/data/bulk/mail:/srv/mail:ro" in options
    assert "--volume /run/machiya/machiya/dovecot:/run/secrets:ro" in options


def test_up_writes_nothing_when_a_daemon_refuses_its_configuration() -> None:
    machine = FakeMachine(refusal="doveconf: unknown setting: colour\n")
    with pytest.raises(ConfigurationRefused, match=r"(?s)dovecot refuses .*unknown setting: colour"):
        house(machine, CONFIG).up()
    assert "write" not in machine.done
    assert not [step for step in machine.done if step.startswith("up")]


def test_up_again_changes_nothing() -> None:
    machine = FakeMachine()
    house(machine).up()
    before = dict(machine.running)
    machine.done.clear()
    house(machine).up()
    assert machine.running == before
    assert not [step for step in machine.done if step.startswith(("check", "write", "exec", "restart"))]


def test_up_lets_a_container_that_stayed_take_up_a_new_configuration() -> None:
    machine = FakeMachine()
    house(machine).up()
    house(machine, CONFIG).up()
    assert machine.done[-1] == "restart dovecot"
    assert machine.news == set()


def test_up_restarts_a_service_whose_secrets_changed() -> None:
    machine = FakeMachine()
    house(machine).up()
    machine.changed_secrets = {"dovecot"}
    house(machine).up()
    assert machine.done[-1] == "restart dovecot"


def test_up_remembers_what_an_interrupted_run_did_not_come_to() -> None:
    machine = FakeMachine()
    house(machine).up()
    machine.compose_error = "interrupted"
    with pytest.raises(HouseIll):
        house(machine, CONFIG).up()
    machine.compose_error = ""
    house(machine).up()
    assert machine.done[-1] == "restart dovecot"


def test_up_needs_every_secret_before_it_changes_anything() -> None:
    machine = FakeMachine()
    with pytest.raises(SecretsMissing, match="doveadm_api_key"):
        house(machine, CONFIG, secrets={"doveadm_api_key": ""}).up()
    assert not [step for step in machine.done if step.startswith(("secrets", "write", "up"))]


def test_up_names_the_images_that_are_missing() -> None:
    with pytest.raises(ImagesMissing, match="machiya/dovecot") as caught:
        house(FakeMachine(images=set())).up()
    assert caught.value.hint == "machiya images build"


@pytest.mark.parametrize("verb", ["up", "down", "restart"])
def test_another_house_of_the_same_name_is_left_alone(verb: str) -> None:
    machine = FakeMachine()
    machine.running["dovecot"] = machine.container("dovecot", house="/srv/other")
    with pytest.raises(PlaceTaken, match="/srv/other"):
        getattr(house(machine), verb)(*([[]] if verb == "restart" else []))
    assert set(machine.done) <= {"root"}
    assert [one.state for one in house(machine).statuses()] == ["absent", "absent"]


def test_networks_of_another_shape_are_left_before_they_are_made_anew() -> None:
    machine = FakeMachine()
    house(machine).up()
    assert "down" not in machine.done
    machine.running["dovecot"] = machine.container("dovecot", networks="of an older Machiya")
    house(machine).up()
    steps = [step for step in machine.done if step in {"down", "up mariadb"}]
    assert steps[-2:] == ["down", "up mariadb"]


def test_addresses_of_others_are_left_alone() -> None:
    machine = FakeMachine(networks={"bridge": ("", ("172.17.0.0/16",)), "lab": ("lab", ("10.77.0.0/16",))})
    with pytest.raises(NetworkTaken, match="the network lab"):
        house(machine).up()
    machine.networks["lab"] = ("machiya", ("10.77.1.0/24",))
    house(machine).up()


def test_ports_are_asked_for_only_while_the_service_does_not_run() -> None:
    machine, asked = FakeMachine(), list[int]()
    house(machine, require_free=lambda port: asked.append(port.port)).up()
    assert asked == [993, 8080]
    house(machine, require_free=lambda port: asked.append(port.port)).up()
    assert asked == [993, 8080]


def test_up_says_which_service_is_ill_and_why() -> None:
    machine = FakeMachine(ill={"dovecot": "no listener"})
    with pytest.raises(HouseIll, match="dovecot is unhealthy: no listener"):
        house(machine).up()


def test_up_waits_for_the_database_before_anything_else_starts() -> None:
    machine = FakeMachine(ill={"mariadb": "not yet"})
    with pytest.raises(HouseIll, match="mariadb is unhealthy: not yet"):
        house(machine).up()
    assert "settle" not in machine.done


def test_up_does_not_wait_for_a_service_that_ends_again_and_again() -> None:
    machine = FakeMachine()
    machine.running["dovecot"] = replace(machine.container("dovecot"), state="restarting", exit_code=89, restarts=5)
    with pytest.raises(HouseIll, match="dovecot is restarting: exit code 89"):
        house(machine, patience_seconds=float("inf")).up()


@pytest.mark.parametrize("verb", ["down", "restart", "logs"])
def test_a_house_that_is_not_up_is_told(verb: str) -> None:
    described = house(FakeMachine())
    act: dict[str, Callable[[], None]] = {
        "down": described.down,
        "restart": lambda: described.restart([]),
        "logs": lambda: described.logs([], lines=1, follow=False, on_line=print),
    }
    with pytest.raises(NotUp):
        act[verb]()


def test_down_takes_the_fence_down_last() -> None:
    machine = FakeMachine()
    house(machine).up()
    house(machine).down()
    assert machine.done[-2:] == ["down", "unfence"]


def test_restart_refuses_a_service_that_is_not_there() -> None:
    with pytest.raises(NotFound, match="'nginx'") as caught:
        house(FakeMachine()).restart(["nginx"])
    assert caught.value.hint == "There are mariadb, dovecot."


def test_statuses_tell_what_ended() -> None:
    machine = FakeMachine()
    house(machine).up()
    machine.running["dovecot"] = replace(machine.running["dovecot"], state="exited", exit_code=89)
    assert [one.why for one in house(machine).statuses()] == ["", "exit code 89"]


def test_take_up_secrets_reloads_who_runs_and_starts_nobody() -> None:
    machine = FakeMachine()
    house(machine).up()
    machine.done.clear()
    machine.changed_secrets = {"dovecot"}
    house(machine).take_up_secrets()
    assert machine.done == ["root", "secrets dovecot: key", "restart dovecot"]
    assert machine.news == set()


def test_take_up_secrets_of_a_house_that_is_down_starts_nobody() -> None:
    machine = FakeMachine(changed_secrets={"dovecot"})
    house(machine).take_up_secrets()
    assert machine.done == ["root", "secrets dovecot: key"]
