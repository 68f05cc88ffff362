"""The pages of a small house with people in it; hashing costs nothing here."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Flask
from pydantic import SecretStr

from fakes.accounts import FakePasswordHasher
from fakes.caller import Caller
from fakes.moving_clock import START, MovingClock
from machiya.access.model import Role
from machiya.accounts.aliases import add_alias
from machiya.accounts.domains import add_domain
from machiya.accounts.mailboxes import add_mailbox
from machiya.accounts.ports import AccountsUnitOfWork, PasswordHasher
from machiya.accounts.rules.changes import MailboxRules
from machiya.bootstrap import House
from machiya.core.addresses import DomainName, EmailAddress
from machiya.settings import Settings, load
from machiya.settings.secret_section import Secrets

PASSWORD = "correct horse battery"
YOU, OTHER = "you@home.test", "other@home.test"
ROLES = {"olga": Role.OWNER, "adam": Role.ADMINISTRATOR, "otto": Role.OPERATOR, "vera": Role.VIEWER}


class QuickHouse(House):
    """Hashes in no time, and carries rules out as if it had a Dovecot."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, MovingClock(START))

    @cached_property
    def settings(self) -> Settings:
        loaded = load(self.root)
        return loaded.model_copy(update={"secrets": Secrets(totp_key=SecretStr("k" * 43))})

    @property
    def moving(self) -> MovingClock:
        assert isinstance(self.clock, MovingClock)
        return self.clock

    def password_hasher(self) -> PasswordHasher:
        return FakePasswordHasher()

    def rules(self, work: AccountsUnitOfWork | None = None) -> MailboxRules:
        return MailboxRules(work or self.accounts_uow(), carried_out=True)


@dataclass
class Site:
    """The pages of a house; ``as_`` gives somebody who is logged in."""

    house: QuickHouse
    app: Flask

    def caller(self, language: str = "en") -> Caller:
        return Caller(self.app, language=language)

    def as_(self, name: str, language: str = "en") -> Caller:
        caller = self.caller(language)
        assert caller.log_in(name, PASSWORD).status_code == 303
        return caller

    def actions(self) -> list[str]:
        """What the audit log has, oldest first."""
        return [f"{entry.actor} {entry.action} {entry.target}" for entry in self.house.access.audit.entries()][::-1]


def furnish(root: Path) -> None:
    house = QuickHouse(root)
    house.prepare_storage()
    add_domain(house.accounts_uow(), house.clock, DomainName.parse("home.test"))
    for address in (YOU, OTHER):
        hasher, parsed = house.password_hasher(), EmailAddress.parse(address)
        add_mailbox(house.accounts_uow(), house.clock, hasher, parsed, password=PASSWORD, quota_bytes=1000)
    team, both = EmailAddress.parse("team@home.test"), [EmailAddress.parse(address) for address in (YOU, OTHER)]
    add_alias(house.accounts_uow(), house.clock, team, both)
    people = house.access.administrators
    for name, role in ROLES.items():
        people.accept(people.invite(name, role, by="cli:root").token, PASSWORD)
    house.engine.dispose()
