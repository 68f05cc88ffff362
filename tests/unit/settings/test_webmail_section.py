import pytest
from pydantic import ValidationError

from machiya.settings import Settings
from machiya.settings.way_in_checks import way_in


def settings(tunnel: str = "mail.home.test", **webmail: object) -> Settings:
    return Settings.model_validate({"tunnel": {"hostname": tunnel}, "webmail": webmail})


@pytest.mark.parametrize(
    ("tunnel", "found"),
    [("mail.example.jp", "webmail.example.jp"), ("in.mail.example.jp", "webmail.mail.example.jp"),
     ("example.jp", "webmail.example.jp")],
)  # fmt: skip
def test_webmail_stands_beside_the_tunnel(tunnel: str, found: str) -> None:
    assert settings(tunnel).webmail_hostname == found


def test_webmail_has_the_name_it_is_given() -> None:
    assert settings(hostname="post.example.jp").webmail_hostname == "post.example.jp"


def test_webmail_cannot_have_the_name_where_the_edge_calls() -> None:
    assert [path for path, _ in way_in(settings(hostname="mail.home.test"))] == ["webmail.hostname"]
    assert [path for path, _ in way_in(settings("webmail.home.test"))] == ["webmail.hostname"]
    assert list(way_in(settings(hostname="mail.home.test", enabled=False))) == []


def test_webmail_wants_a_name() -> None:
    assert [path for path, _ in way_in(settings(hostname="a b"))] == ["webmail.hostname"]


@pytest.mark.parametrize("name", ["a\nb", "\x1b[1m", "x" * 41])
def test_product_name_is_one_short_line(name: str) -> None:
    with pytest.raises(ValidationError, match="product_name"):
        settings(product_name=name)
