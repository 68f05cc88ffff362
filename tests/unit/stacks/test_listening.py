"""Scripts that lie in an image as they are name ports, too: the same ones."""

import re

import pytest

from machiya.stacks.listening import PORTS
from machiya.stacks.templates import folder_of

_ASKED = re.compile(r"(?:/127\.0\.0\.1/|^ *ask \w+ )(\d+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("folder", "script", "ports"),
    [("dovecot", "bin/healthy", ("lmtp", "sasl")), ("rspamd", "healthy", ("rspamd",))],
    ids=["dovecot", "rspamd"],
)
def test_health_scripts_ask_the_ports_that_are_configured(folder: str, script: str, ports: tuple[str, ...]) -> None:
    text = folder_of(folder).joinpath(script).read_text("utf-8")
    assert {PORTS[port] for port in ports} == {int(number) for number in _ASKED.findall(text)}
