import pytest

from machiya.entrypoints.usermgmt.ways import HOME, own_path


@pytest.mark.parametrize("path", ["/", "/mailboxes?page=2", "/my/mail?search=a%2Fb", "/a:b"])
def test_own_path_keeps_paths_of_this_site(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "foreign",
    [
        *("", "mailboxes", "https://evil.example/", "//evil.example/", "///evil.example", "//[", "javascript:alert(1)"),
        *("/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\r\nLocation: //evil.example"),
    ],
)
def test_own_path_leads_home_from_everywhere_else(foreign: str) -> None:
    assert own_path(foreign) == HOME
