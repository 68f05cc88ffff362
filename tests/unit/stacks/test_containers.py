from dataclasses import replace

import pytest

from machiya.stacks.containers import Container, ServiceState, statuses

WELL = Container("dovecot", "home-dovecot", "c1", "/srv/house", "running", "healthy")


def test_statuses_keep_the_order_of_the_services_and_tell_what_is_absent() -> None:
    found = statuses(["mariadb", "dovecot"], [WELL])
    assert [(one.service, one.state) for one in found] == [("mariadb", "absent"), ("dovecot", "healthy")]
    assert found[0].advice == "machiya up makes it."


@pytest.mark.parametrize(
    ("container", "state", "why"),
    [
        (WELL, ServiceState.HEALTHY, ""),
        (replace(WELL, health=""), ServiceState.HEALTHY, ""),
        (replace(WELL, health="starting"), ServiceState.STARTING, ""),
        (replace(WELL, health="unhealthy", health_output="no\n answer\n"), ServiceState.UNHEALTHY, "no answer"),
        (replace(WELL, state="restarting", exit_code=89), ServiceState.RESTARTING, "exit code 89"),
        (replace(WELL, state="exited", exit_code=137, out_of_memory=True), ServiceState.STOPPED,
         "the kernel ended it: out of memory"),
        (replace(WELL, state="created", error="port is already allocated"), ServiceState.STOPPED,
         "port is already allocated"),
    ],
)  # fmt: skip
def test_statuses_say_why(container: Container, state: ServiceState, why: str) -> None:
    found = statuses(["dovecot"], [container])[0]
    assert (found.state, found.why) == (state, why)
    assert bool(found.advice) != found.healthy
