import pytest

from machiya.access.model import GRANTED, Permission, Role, Who, WhoKind, allows

EXPECTED = {
    Role.OWNER: set(Permission),
    Role.ADMINISTRATOR: set(Permission) - {Permission.ADMINISTRATORS},
    Role.OPERATOR: {Permission.VIEW, Permission.SWITCH, Permission.QUARANTINE},
    Role.VIEWER: {Permission.VIEW},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_allows_says_what_each_role_may(role: Role, permission: Permission) -> None:
    assert allows(role, permission) is (permission in EXPECTED[role])


@pytest.mark.parametrize("permission", Permission)
def test_allows_nothing_without_a_role(permission: Permission) -> None:
    assert not allows(None, permission)


def test_every_role_is_listed() -> None:
    assert set(GRANTED) == set(Role)


def test_who_reads_as_in_the_audit_log() -> None:
    assert str(Who(WhoKind.MAILBOX, "you@home.test")) == "mailbox:you@home.test"
