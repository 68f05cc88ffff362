from dataclasses import dataclass, field

import pytest

from fakes.mail_room import FakeDirectory
from machiya.core.addresses import DomainName
from machiya.core.recipients import RefusalReason
from machiya.mail.postfix_lookups import look_up


@dataclass
class Directory(FakeDirectory):
    domains: set[str] = field(default_factory=lambda: {"example.jp"})

    def is_own(self, domain: DomainName) -> bool:
        return domain.name in self.domains


DIRECTORY = Directory(
    {
        "taro@example.jp": ("taro@example.jp",),
        "team@example.jp": ("taro@example.jp", "jiro@example.jp"),
        "left@elsewhere.example": ("taro@example.jp",),
    },
    {"off@example.jp": RefusalReason.DISABLED},
)


@pytest.mark.parametrize(
    ("table", "key", "answer"),
    [
        ("domains", "Example.JP", "example.jp"),
        ("domains", "elsewhere.example", None),
        ("domains", "not a domain", None),
        ("aliases", "Team@Example.jp", "taro@example.jp, jiro@example.jp"),
        ("aliases", "taro@example.jp", "taro@example.jp"),
        ("aliases", "nobody@example.jp", None),
        ("aliases", "off@example.jp", None),
        ("aliases", "left@elsewhere.example", None),
        ("aliases", "@example.jp", None),
        ("aliases", "example.jp", None),
        ("mailboxes", "team@example.jp", "there"),
        ("mailboxes", "off@example.jp", None),
        ("others", "taro@example.jp", None),
    ],
)
def test_look_up_answers_as_the_address_table_does(table: str, key: str, answer: str | None) -> None:
    assert look_up(DIRECTORY, table, key) == answer
