"""Accounts in memory, with the same contract as the database (tests/contract/test_accounts_repository.py)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType
from typing import Self

from machiya.accounts.model import Alias, AppPassword, Domain, LastUse, Mailbox
from machiya.accounts.published import HouseRules, Publication, PublishedAppPassword
from machiya.accounts.rules.model import PublishedScript, Rules
from machiya.accounts.rules.published import scripts
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Conflict, Refused, Unavailable

_LATE = datetime.max.replace(tzinfo=UTC)


@dataclass
class FakeAccounts:
    """``AccountRepository``; ``FakeAccountsUnitOfWork`` works on a copy."""

    by_name: dict[DomainName, Domain] = field(default_factory=dict)
    boxes: dict[EmailAddress, Mailbox] = field(default_factory=dict)
    others: dict[EmailAddress, Alias] = field(default_factory=dict)
    devices: dict[str, AppPassword] = field(default_factory=dict)
    uses: dict[str, LastUse] = field(default_factory=dict)
    ruled: dict[EmailAddress, Rules] = field(default_factory=dict)
    publication: Publication = field(default_factory=Publication)
    scripts: tuple[PublishedScript, ...] = ()
    counter: int = 0
    changed: bool = False

    def domains(self) -> tuple[Domain, ...]:
        return tuple(sorted(self.by_name.values(), key=lambda domain: domain.name.name))

    def domain(self, name: DomainName) -> Domain | None:
        return self.by_name.get(name)

    def save_domain(self, domain: Domain) -> None:
        self.changed = True
        self.by_name[domain.name] = domain

    def remove_domain(self, name: DomainName) -> None:
        if self.mailboxes(name) or self.aliases(name):
            raise Conflict(f"{name} has mailboxes or aliases")
        self.changed = True
        self.by_name.pop(name, None)

    def mailboxes(self, domain: DomainName | None = None) -> tuple[Mailbox, ...]:
        found = [box for box in self.boxes.values() if domain in {None, box.address.domain}]
        return tuple(sorted(found, key=lambda box: str(box.address)))

    def mailbox(self, address: EmailAddress) -> Mailbox | None:
        return self.boxes.get(address)

    def save_mailbox(self, mailbox: Mailbox) -> None:
        self._require(mailbox.address.domain)
        self.boxes[mailbox.address] = mailbox

    def remove_mailbox(self, address: EmailAddress) -> None:
        self.changed = True
        self.boxes.pop(address, None)
        self.devices = {key: one for key, one in self.devices.items() if one.mailbox != address}
        self.ruled.pop(address, None)

    def app_passwords(self, mailbox: EmailAddress) -> tuple[AppPassword, ...]:
        found = [
            replace(one, last_use=self.uses.get(one.digest)) for one in self.devices.values() if one.mailbox == mailbox
        ]
        return tuple(sorted(found, key=lambda one: (one.created_at, one.id)))

    def save_app_password(self, app_password: AppPassword) -> None:
        if app_password.mailbox not in self.boxes:
            raise Conflict(f"no mailbox {app_password.mailbox}")
        self.changed = True
        self.devices[app_password.id] = app_password

    def remove_app_password(self, app_password: AppPassword) -> None:
        self.changed = True
        self.devices.pop(app_password.id, None)

    def aliases(self, domain: DomainName | None = None) -> tuple[Alias, ...]:
        found = [alias for alias in self.others.values() if domain in {None, alias.address.domain}]
        return tuple(sorted(found, key=lambda alias: str(alias.address)))

    def alias(self, address: EmailAddress) -> Alias | None:
        return self.others.get(address)

    def save_alias(self, alias: Alias) -> None:
        self._require(alias.address.domain)
        self.others[alias.address] = alias

    def remove_alias(self, address: EmailAddress) -> None:
        self.changed = True
        self.others.pop(address, None)

    def rules(self, address: EmailAddress) -> Rules | None:
        return self.ruled.get(address)

    def all_rules(self) -> tuple[Rules, ...]:
        return tuple(sorted(self.ruled.values(), key=lambda one: str(one.address)))

    def save_rules(self, rules: Rules) -> None:
        if rules.address not in self.boxes:
            raise Conflict(f"no mailbox {rules.address}")
        self.changed = True
        self.ruled.pop(rules.address, None)
        if rules:
            self.ruled[rules.address] = rules

    def published_scripts(self) -> tuple[PublishedScript, ...]:
        return self.scripts

    def published(self) -> Publication:
        return self.publication

    def publish(self, rules: HouseRules) -> None:
        digests = [PublishedAppPassword(one.mailbox, one.digest) for one in self.devices.values()]
        made = Publication.of(self.domains(), self.mailboxes(), self.aliases(), rules, digests)
        self.changed |= made != self.publication
        made_scripts = scripts(made, self.all_rules())
        self.changed |= made_scripts != self.scripts
        self.publication, self.scripts = made, made_scripts

    def version(self) -> int:
        return self.counter

    def copy(self) -> "FakeAccounts":
        return replace(
            self,
            by_name=dict(self.by_name),
            boxes=dict(self.boxes),
            others=dict(self.others),
            devices=dict(self.devices),
            ruled=dict(self.ruled),
            changed=False,
        )

    def _require(self, domain: DomainName) -> None:
        if domain not in self.by_name:
            raise Conflict(f"no domain {domain}")
        self.changed = True


@dataclass
class FakeAccountsUnitOfWork:
    """``AccountsUnitOfWork``; ``committed`` is what others see; ``ill`` makes entering fail."""

    committed: FakeAccounts = field(default_factory=FakeAccounts)
    ill: bool = False
    rules: HouseRules = field(default_factory=HouseRules)
    commits: int = 0
    _working: FakeAccounts | None = None

    @property
    def accounts(self) -> FakeAccounts:
        if self._working is None:
            msg = "outside of the unit of work's with block"
            raise RuntimeError(msg)
        return self._working

    def __enter__(self) -> Self:
        if self.ill:
            raise Unavailable("the fake database is ill", hint="make it well")
        self._working = self.committed.copy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._working = None

    def commit(self) -> None:
        done = self.accounts
        done.publish(self.rules)
        if done.changed:
            done.counter += 1
            self.commits += 1
        self.committed = done
        self._working = done.copy()


class FakePasswordHasher:
    """``PasswordHasher`` that is fast and can be read back."""

    def hash(self, password: str) -> str:
        return "{ARGON2ID}fake$" + password[::-1]

    def verify(self, stored: str, password: str) -> bool:
        return bool(stored) and stored == self.hash(password)


class FakeSessions:
    """Whose sessions were ended; ``ill``: Dovecot does not answer."""

    def __init__(self, *, ill: bool = False) -> None:
        self.ended: list[EmailAddress] = []
        self._ill = ill

    def end(self, mailboxes: Sequence[EmailAddress]) -> None:
        if self._ill:
            raise Unavailable("nobody answers")
        self.ended += mailboxes


class FakeWebmail:
    """Whom webmail has forgotten; ``ill``: its database cannot be reached."""

    def __init__(self, *, ill: bool = False) -> None:
        self.forgotten: list[EmailAddress] = []
        self._ill = ill

    def forget(self, mailboxes: Sequence[EmailAddress]) -> None:
        if self._ill:
            raise Unavailable("the fake webmail is ill")
        self.forgotten += mailboxes


@dataclass
class FakeMailboxFiles:
    """``MailboxFiles``: (messages, bytes) of each mailbox; ``retired`` says what was put aside; ``stuck`` ones fail.

    ``fixed``: nothing can be moved from here.
    """

    held: dict[EmailAddress, tuple[int, int]] = field(default_factory=dict)
    retired: list[EmailAddress] = field(default_factory=list)
    stuck: set[EmailAddress] = field(default_factory=set)
    fixed: bool = False
    now: datetime = _LATE
    places: dict[EmailAddress, list[tuple[datetime, PurePath]]] = field(default_factory=dict)

    def usage_bytes(self, address: EmailAddress) -> int:
        return self.held.get(address, (0, 0))[1]

    def message_count(self, address: EmailAddress) -> int:
        return self.held.get(address, (0, 0))[0]

    def require_movable(self) -> None:
        if self.fixed:
            raise Refused("the fake mail cannot be moved from here", hint="ask somebody else")

    def retire(self, address: EmailAddress) -> PurePath | None:
        if address in self.stuck:
            raise Unavailable("the fake disk is ill", hint="make it well")
        if address not in self.held:
            return None
        del self.held[address]
        self.retired.append(address)
        place = PurePath("/retired") / str(address)
        self.places.setdefault(address, []).append((self.now, place))
        return place

    def retired_since(self, address: EmailAddress, since: datetime) -> tuple[PurePath, ...]:
        return tuple(place for when, place in self.places.get(address, ()) if when >= since)
