"""What others do between the steps of a removal: theirs is never touched, and nothing is removed unseen."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath

import pytest
from structlog.testing import capture_logs

from fakes.accounts import FakeAccountsUnitOfWork, FakeMailboxFiles, FakePasswordHasher, FakeSessions
from machiya.accounts.aliases import add_alias, change_alias
from machiya.accounts.domains import add_domain, change_domain, remove_domain
from machiya.accounts.mailboxes import add_mailbox, change_mailbox, remove_mailbox
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import Conflict

HOME, SHOP = DomainName("home.test"), DomainName("shop.test")
TARO, MIA, NEW = (EmailAddress.parse(f"{name}@home.test") for name in ("taro", "mia", "new"))
LATE, SALES, ALL = (EmailAddress.parse(text) for text in ("late@shop.test", "sales@home.test", "all@shop.test"))
PLACE = PurePath("/retired/taro@home.test")


class Meanwhile(FakeMailboxFiles, FakeSessions):
    """Mail and mail programs; ``before`` is done when these are logged out, ``after`` when mail was put aside.

    ``during``: just before it is moved.
    """

    def __init__(self) -> None:
        FakeMailboxFiles.__init__(self, {TARO: (3, 4096)})
        FakeSessions.__init__(self)
        self.before: list[Callable[[], object]] = []
        self.during: list[Callable[[], object]] = []
        self.after: list[Callable[[], object]] = []

    def end(self, mailboxes: Sequence[EmailAddress]) -> None:
        super().end(mailboxes)
        while self.before:
            self.before.pop()()

    def retire(self, address: EmailAddress) -> PurePath | None:
        while self.during:
            self.during.pop()()
        return super().retire(address)

    def retired_since(self, address: EmailAddress, since: datetime) -> tuple[PurePath, ...]:
        while self.after:
            self.after.pop()()
        return super().retired_since(address, since)


class Later:
    """A minute after the house was furnished."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(minutes=1)


@pytest.fixture
def files(clock: Clock) -> Meanwhile:
    made = Meanwhile()
    made.now = clock.now()
    return made


@pytest.fixture
def later(clock: Clock) -> Later:
    return Later(clock)


def steps(files: Meanwhile, when: str) -> list[Callable[[], object]]:
    return files.before if when == "before" else files.after


BOTH = pytest.mark.parametrize("when", ["before", "after"])


@BOTH
def test_whoever_was_given_the_address_meanwhile_keeps_mailbox_and_mail(
    work: FakeAccountsUnitOfWork, files: Meanwhile, hasher: FakePasswordHasher, later: Later, when: str
) -> None:
    def another_moves_in() -> None:
        remove_mailbox(work, files, TARO)
        add_mailbox(work, later, hasher, TARO)
        add_alias(work, later, LATE, [TARO])
        files.held[TARO] = (1, 1)

    steps(files, when).append(another_moves_in)
    with pytest.raises(Conflict, match="removed by somebody else meanwhile") as refused:
        remove_mailbox(work, files, TARO, sessions=files)
    assert str(PLACE) in refused.value.hint
    found, alias = work.committed.mailbox(TARO), work.committed.alias(LATE)
    assert found is not None
    assert (found.created_at, found.enabled) == (later.now(), True)
    assert alias is not None
    assert (alias.targets, files.held[TARO], files.retired) == ((TARO,), (1, 1), [TARO])


def test_mail_is_moved_while_other_writers_wait(work: FakeAccountsUnitOfWork, files: Meanwhile) -> None:
    seen: list[bool] = []

    def look() -> None:
        found = work.accounts.mailbox(TARO)  # outside of a transaction this is refused
        assert found is not None
        seen.append(found.enabled)

    files.during.append(look)
    remove_mailbox(work, files, TARO)
    assert seen == [False]


@BOTH
def test_a_mailbox_that_was_turned_on_meanwhile_stays_with_its_mail(
    work: FakeAccountsUnitOfWork, files: Meanwhile, hasher: FakePasswordHasher, when: str
) -> None:
    def turn_on() -> None:
        change_mailbox(work, hasher, TARO, enabled=True)
        files.held[TARO] = (1, 1)

    steps(files, when).append(turn_on)
    with pytest.raises(Conflict, match="turned on while it was being removed") as refused:
        remove_mailbox(work, files, TARO, sessions=files)
    assert (str(PLACE) in refused.value.hint) == (when == "after")
    assert work.committed.mailbox(TARO) is not None
    assert files.held[TARO] == (1, 1)


def test_a_mailbox_of_the_domain_that_was_turned_on_meanwhile_keeps_the_domain(
    work: FakeAccountsUnitOfWork, files: Meanwhile, hasher: FakePasswordHasher
) -> None:
    files.before.append(lambda: change_mailbox(work, hasher, TARO, enabled=True))
    with pytest.raises(Conflict, match=r"taro@home\.test was turned on"):
        remove_domain(work, files, HOME, force=True, sessions=files)
    assert {box.address for box in work.committed.mailboxes(HOME)} == {TARO, MIA}
    assert files.retired == []


def test_mail_that_came_after_the_rest_was_put_aside_is_not_left_for_the_next(
    work: FakeAccountsUnitOfWork, files: Meanwhile
) -> None:
    def a_delivery_ends() -> None:
        files.held[MIA] = (1, 1)

    for remove in (lambda: remove_mailbox(work, files, MIA), lambda: remove_domain(work, files, HOME, force=True)):
        files.after.append(a_delivery_ends)
        with pytest.raises(Conflict, match=r"mail came to mia@home\.test"):
            remove()
        left = work.committed.mailbox(MIA)
        assert left is not None
        assert not left.enabled
    assert len(remove_mailbox(work, files, MIA).retired_to) == 2
    assert (files.message_count(MIA), work.committed.mailbox(MIA)) == (0, None)


@BOTH
def test_what_was_made_to_point_to_a_mailbox_meanwhile_is_cut_and_told(
    work: FakeAccountsUnitOfWork, files: Meanwhile, clock: Clock, when: str
) -> None:
    def point_there() -> None:
        add_alias(work, clock, LATE, [TARO])
        change_domain(work, HOME, catch_all=TARO)

    steps(files, when).append(point_there)
    references = remove_mailbox(work, files, TARO, sessions=files).references
    assert references.aliases_removed == (SALES, LATE)
    assert (references.aliases_changed, references.catch_alls) == ((ALL,), (SHOP, HOME))
    assert [alias.address for alias in work.committed.aliases()] == [ALL]
    assert all(domain.catch_all is None for domain in work.committed.domains())


def test_an_alias_that_loses_its_last_target_later_is_told_as_removed_only(
    work: FakeAccountsUnitOfWork, files: Meanwhile
) -> None:
    files.after.append(lambda: change_alias(work, ALL, [TARO]))
    references = remove_mailbox(work, files, TARO).references
    assert (references.aliases_changed, references.aliases_removed) == ((), (SALES, ALL))
    assert work.committed.aliases() == ()


@BOTH
def test_what_was_made_to_point_to_a_domain_meanwhile_is_cut_and_told(
    work: FakeAccountsUnitOfWork, files: Meanwhile, clock: Clock, when: str
) -> None:
    steps(files, when).append(lambda: add_alias(work, clock, LATE, [MIA]))
    references = remove_domain(work, files, HOME, force=True, sessions=files).references
    assert references.aliases_removed == (ALL, LATE)
    assert [domain.name for domain in work.committed.domains()] == [SHOP]
    assert work.committed.aliases() == ()


@BOTH
@pytest.mark.parametrize("kind", ["mailbox", "alias"])
def test_a_domain_somebody_moved_into_meanwhile_stays_and_goes_when_it_is_removed_again(
    work: FakeAccountsUnitOfWork, files: Meanwhile, hasher: FakePasswordHasher, clock: Clock, when: str, kind: str
) -> None:
    def move_in() -> None:
        if kind == "mailbox":
            add_mailbox(work, clock, hasher, NEW)
        else:
            add_domain(work, clock, DomainName("other.test"))
            add_mailbox(work, clock, hasher, EmailAddress.parse("you@other.test"))
            add_alias(work, clock, NEW, [EmailAddress.parse("you@other.test")])

    steps(files, when).append(move_in)
    with pytest.raises(Conflict, match=r"somebody added new@home\.test, so it stays") as refused:
        remove_domain(work, files, HOME, force=True, sessions=files)
    assert "turned off" in refused.value.hint
    assert [box.address for box in work.committed.mailboxes(HOME) if not box.enabled] == [MIA, TARO]
    assert work.committed.mailbox(NEW) or work.committed.alias(NEW)
    assert remove_domain(work, files, HOME, force=True).retired_to == (PLACE,)
    assert work.committed.domain(HOME) is None


def test_a_domain_that_was_made_anew_meanwhile_stays(
    work: FakeAccountsUnitOfWork, files: Meanwhile, later: Later
) -> None:
    def make_anew() -> None:
        remove_domain(work, files, HOME, force=True)
        add_domain(work, later, HOME)

    files.after.append(make_anew)
    with pytest.raises(Conflict, match=r"home\.test was removed by somebody else meanwhile"):
        remove_domain(work, files, HOME, force=True)
    assert work.committed.domain(HOME) is not None


def test_a_removal_that_was_cut_off_tells_where_the_mail_lies_when_it_is_done_again(
    work: FakeAccountsUnitOfWork, files: Meanwhile
) -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    files.after.append(kill)
    with pytest.raises(Killed):
        remove_mailbox(work, files, TARO)
    with capture_logs() as logs:
        assert remove_mailbox(work, files, TARO).retired_to == (PLACE,)
    told = {"event": "mailbox.put_aside", "mailbox": str(TARO), "places": [str(PLACE)], "log_level": "info"}
    assert logs == [told]


def test_removing_tells_nothing_of_the_mail_of_somebody_before(
    work: FakeAccountsUnitOfWork, files: Meanwhile, hasher: FakePasswordHasher, later: Later
) -> None:
    remove_mailbox(work, files, TARO)
    add_mailbox(work, later, hasher, TARO)
    assert remove_mailbox(work, files, TARO).retired_to == ()
