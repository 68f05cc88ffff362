"""Scripts that lie in an image as they are name ports, too: the same ones."""

import re

import pytest

from machiya.stacks.listening import PORTS
from machiya.stacks.templates import folder_of

_ASKED = re.compile(r"(?:/dev/tcp/(?:127\.0\.0\.1|\$RSPAMD_ADDRESS)/|^ *ask \w+ )(\d+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("folder", "script", "ports"),
    [
        ("dovecot", "bin/healthy", ("lmtp", "sasl")),
        ("dovecot", "bin/learner", ("rspamd_controller",)),
        ("rspamd", "healthy", ("rspamd",)),
        ("clamav", "healthy", ("clamav",)),
    ],
)
def test_scripts_ask_the_ports_that_are_configured(folder: str, script: str, ports: tuple[str, ...]) -> None:
    text = folder_of(folder).joinpath(script).read_text("utf-8")
    assert {PORTS[port] for port in ports} == {int(number) for number in _ASKED.findall(text)}
