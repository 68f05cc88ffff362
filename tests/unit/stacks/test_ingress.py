import json

import pytest

from machiya.core.errors import InvalidAddress
from machiya.stacks.ingress import Ingress, IngressRule, InvalidIngress, mail_ingress

MAIL = mail_ingress("inbound.home.test", "http://10.77.3.17:8080")


def test_to_document_ends_with_a_404_for_everything_else() -> None:
    assert MAIL.to_document() == {
        "ingress": [
            {"hostname": "inbound.home.test", "service": "http://10.77.3.17:8080", "path": "^/v1/"},
            {"service": "http_status:404"},
        ]
    }


def test_parse_reads_what_was_rendered() -> None:
    assert Ingress.parse(MAIL.to_json()) == MAIL


def test_of_keeps_the_order_of_one_hostname() -> None:
    first, second = IngressRule("a.test", "http://x:1", "^/v1/"), IngressRule("a.test", "http://y:1")
    ingress = Ingress((first, IngressRule("b.test", "http://z:1"), second))
    assert ingress.hostnames == ("a.test", "b.test")
    assert ingress.of("a.test") == (first, second)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"ingress": []}', '{"ingress": [{"service": "http://x:1"}]}', '{"ingress": [1, 2]}']
)
def test_parse_refuses_what_is_no_ingress_file(text: str) -> None:
    with pytest.raises(InvalidIngress):
        Ingress.parse(text)


def test_parse_refuses_a_rule_without_a_hostname() -> None:
    entries = [{"service": "http://x:1"}, {"service": "http_status:404"}]
    with pytest.raises(InvalidIngress):
        Ingress.parse(json.dumps({"ingress": entries}))


@pytest.mark.parametrize("service", ["10.77.3.17:8080", "ftp://x", "http://", "http://x/path", "http://x?y"])
def test_rule_refuses_what_is_no_service(service: str) -> None:
    with pytest.raises(InvalidIngress):
        IngressRule("a.test", service)


@pytest.mark.parametrize("path", ["(", "^/v1/; deny all", "a b", "${x}"])
def test_rule_refuses_a_path_that_could_end_its_line_in_a_configuration(path: str) -> None:
    with pytest.raises(InvalidIngress):
        IngressRule("a.test", "http://x:1", path)


def test_rule_refuses_a_hostname_that_is_not_canonical() -> None:
    with pytest.raises(InvalidIngress):
        IngressRule("A.test", "http://x:1")
    with pytest.raises(InvalidAddress):
        IngressRule("a test", "http://x:1")
