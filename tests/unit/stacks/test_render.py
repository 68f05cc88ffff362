import dataclasses

import pytest

from fakes.stacks_samples import FACTS, SERVICE, TAGS
from machiya.stacks.render import missing_secrets, render, render_secrets


def test_render_gives_the_compose_file() -> None:
    assert [file.path for file in render(FACTS, (SERVICE,), TAGS)] == ["compose.yaml"]


def test_render_secrets_gives_values_to_the_services_user() -> None:
    (file,) = render_secrets(FACTS, (SERVICE,), {"doveadm_api_key": "s3cret"})
    assert (file.service, file.path, file.content, file.mode, file.owner) == (
        "dovecot",
        "key",
        b"s3cret",
        0o400,
        (5000, 5000),
    )


def test_render_secrets_refuses_an_unknown_name() -> None:
    with pytest.raises(KeyError):
        render_secrets(FACTS, (dataclasses.replace(SERVICE),), {})


def test_missing_secrets_names_what_is_empty() -> None:
    assert missing_secrets((SERVICE,), {"doveadm_api_key": ""}) == ("doveadm_api_key",)
    assert missing_secrets((SERVICE,), {"doveadm_api_key": "x"}) == ()
