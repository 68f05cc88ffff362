"""What the accounts room may rely on, whoever keeps its rows."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from machiya.accounts.model import Alias, AppPassword, Domain, Mailbox
from machiya.accounts.ports import AccountsUnitOfWork
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Conflict

OpenWork = Callable[[], AccountsUnitOfWork]

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
HOME = DomainName.parse("home.test")
SHOP = DomainName.parse("例え.jp")


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


def device(mailbox: str, name: str, **how: object) -> AppPassword:
    """Its id and digest come from both."""
    digest = hashlib.sha256(f"{mailbox} {name}".encode()).hexdigest()
    return replace(AppPassword(digest[:32], at(mailbox), name, digest, NOON), **how)  # type: ignore[arg-type]


def save(open_work: OpenWork, *things: Domain | Mailbox | AppPassword | Alias) -> None:
    with open_work() as work:
        for thing in things:
            match thing:
                case Domain():
                    work.accounts.save_domain(thing)
                case Mailbox():
                    work.accounts.save_mailbox(thing)
                case AppPassword():
                    work.accounts.save_app_password(thing)
                case Alias():
                    work.accounts.save_alias(thing)
        work.commit()


def version(open_work: OpenWork) -> int:
    with open_work() as work:
        return work.accounts.version()


def test_empty_house_has_nothing(open_work: OpenWork) -> None:
    with open_work() as work:
        accounts = work.accounts
        assert (accounts.domains(), accounts.mailboxes(), accounts.aliases()) == ((), (), ())
        assert accounts.domain(HOME) is None
        assert accounts.mailbox(at("taro@home.test")) is None
        assert accounts.alias(at("taro@home.test")) is None


def test_domain_comes_back_as_it_was_saved(open_work: OpenWork) -> None:
    home, shop = Domain(HOME, NOON, at("taro@home.test")), Domain(SHOP, NOON)
    save(open_work, shop, home)
    with open_work() as work:
        assert work.accounts.domains() == (home, shop)
        assert work.accounts.domain(SHOP) == shop


def test_save_domain_updates(open_work: OpenWork) -> None:
    save(open_work, Domain(HOME, NOON))
    changed = Domain(HOME, NOON, at("x@home.test"))
    save(open_work, changed)
    with open_work() as work:
        assert work.accounts.domains() == (changed,)


def test_mailbox_comes_back_as_it_was_saved(open_work: OpenWork) -> None:
    box = Mailbox(
        at("o'neil@home.test"), NOON, "{ARGON2ID}$argon2id$x", 5 * 1024**4, enabled=False, app_passwords_required=True
    )
    save(open_work, Domain(HOME, NOON), box)
    with open_work() as work:
        assert work.accounts.mailbox(box.address) == box
        assert work.accounts.mailboxes() == (box,)


def test_save_mailbox_updates(open_work: OpenWork) -> None:
    box = Mailbox(at("taro@home.test"), NOON)
    changed = replace(box, password="{ARGON2ID}$2", quota_bytes=7, enabled=False, app_passwords_required=True)
    save(open_work, Domain(HOME, NOON), box)
    save(open_work, changed)
    with open_work() as work:
        assert work.accounts.mailboxes() == (changed,)


def test_lists_are_sorted_and_can_be_of_one_domain(open_work: OpenWork) -> None:
    boxes = [Mailbox(at(text), NOON) for text in ("b@home.test", "a@例え.jp", "a@home.test", "a.b@home.test")]
    others = [Alias(at(text), (at("a@home.test"),), NOON) for text in ("z@home.test", "y@例え.jp", "ü@home.test")]
    save(open_work, Domain(HOME, NOON), Domain(SHOP, NOON), *boxes, *others)
    with open_work() as work:
        accounts = work.accounts
        assert [box.address for box in accounts.mailboxes(HOME)] == [
            at("a.b@home.test"), at("a@home.test"), at("b@home.test"),
        ]  # fmt: skip
        assert [box.address for box in accounts.mailboxes(SHOP)] == [at("a@例え.jp")]
        assert [alias.address for alias in accounts.aliases(HOME)] == [at("z@home.test"), at("ü@home.test")]
        assert [alias.address for alias in accounts.aliases()] == sorted((o.address for o in others), key=str)


def test_app_passwords_come_back_as_they_were_saved_oldest_first(open_work: OpenWork) -> None:
    boxes = [Mailbox(at(text), NOON) for text in ("taro@home.test", "mia@home.test")]
    phone = device("taro@home.test", "あ" * 64, created_at=NOON + timedelta(seconds=1))
    tablet, other = device("taro@home.test", "Tablet"), device("mia@home.test", "Tablet")
    save(open_work, Domain(HOME, NOON), *boxes, phone, tablet, other)
    with open_work() as work:
        assert work.accounts.app_passwords(at("taro@home.test")) == (tablet, phone)
        assert work.accounts.app_passwords(at("mia@home.test")) == (other,)
        assert work.accounts.app_passwords(at("nobody@home.test")) == ()


def test_save_app_password_renames(open_work: OpenWork) -> None:
    phone = device("taro@home.test", "Phone")
    save(open_work, Domain(HOME, NOON), Mailbox(at("taro@home.test"), NOON), phone)
    save(open_work, replace(phone, name="Old phone"))
    with open_work() as work:
        assert work.accounts.app_passwords(at("taro@home.test")) == (replace(phone, name="Old phone"),)


def test_removed_app_password_is_gone_and_the_others_stay(open_work: OpenWork) -> None:
    phone, tablet = device("taro@home.test", "Phone"), device("taro@home.test", "Tablet")
    save(open_work, Domain(HOME, NOON), Mailbox(at("taro@home.test"), NOON), phone, tablet)
    before = version(open_work)
    with open_work() as work:
        work.accounts.remove_app_password(phone)
        work.commit()
    with open_work() as work:
        assert work.accounts.app_passwords(at("taro@home.test")) == (tablet,)
    assert version(open_work) == before + 1


def test_mailbox_that_is_saved_again_keeps_its_app_passwords_and_one_made_again_has_none(open_work: OpenWork) -> None:
    box, phone = Mailbox(at("taro@home.test"), NOON), device("taro@home.test", "Phone")
    save(open_work, Domain(HOME, NOON), box, phone)
    save(open_work, Domain(HOME, NOON), replace(box, quota_bytes=7))
    with open_work() as work:
        assert work.accounts.app_passwords(box.address) == (phone,)
        work.accounts.remove_mailbox(box.address)
        work.commit()
    save(open_work, box)
    with open_work() as work:
        assert work.accounts.app_passwords(box.address) == ()


def test_app_password_without_its_mailbox_is_a_conflict(open_work: OpenWork) -> None:
    with pytest.raises(Conflict):
        save(open_work, device("taro@home.test", "Phone"))


def test_alias_keeps_the_order_of_its_targets(open_work: OpenWork) -> None:
    targets = tuple(at(f"{name}@home.test") for name in ("zoe", "adam", "mia"))
    alias = Alias(at("all@home.test"), targets, NOON)
    save(open_work, Domain(HOME, NOON), alias)
    with open_work() as work:
        assert work.accounts.alias(alias.address) == alias
        assert work.accounts.aliases() == (alias,)


def test_save_alias_replaces_its_targets(open_work: OpenWork) -> None:
    alias = Alias(at("all@home.test"), (at("a@home.test"), at("b@home.test")), NOON)
    changed = replace(alias, targets=(at("c@home.test"),))
    save(open_work, Domain(HOME, NOON), alias)
    save(open_work, changed)
    with open_work() as work:
        assert work.accounts.alias(alias.address) == changed


def test_addresses_that_differ_in_case_or_composition_are_two(open_work: OpenWork) -> None:
    boxes = [
        Alias(at(text), (at("a@home.test"),), NOON) for text in ("Ünal@home.test", "ünal@home.test", "unal@home.test")
    ]
    save(open_work, Domain(HOME, NOON), *boxes)
    with open_work() as work:
        assert {alias.address for alias in work.accounts.aliases()} == {box.address for box in boxes}


def test_longest_address_and_domain_fit(open_work: OpenWork) -> None:
    domain = DomainName.parse(".".join(["d" * 62] * 3))
    address = EmailAddress.parse("あ" * 21 + "@" + domain.name)
    save(open_work, Domain(domain, NOON, address), Alias(address, (address,), NOON))
    with open_work() as work:
        assert work.accounts.alias(address) == Alias(address, (address,), NOON)


def test_removed_things_are_gone(open_work: OpenWork) -> None:
    box, alias = Mailbox(at("taro@home.test"), NOON), Alias(at("t@home.test"), (at("taro@home.test"),), NOON)
    save(open_work, Domain(HOME, NOON), box, alias)
    with open_work() as work:
        work.accounts.remove_alias(alias.address)
        work.accounts.remove_mailbox(box.address)
        work.accounts.remove_domain(HOME)
        work.commit()
    with open_work() as work:
        assert (work.accounts.domains(), work.accounts.mailboxes(), work.accounts.aliases()) == ((), (), ())


def test_alias_made_again_has_only_its_new_targets(open_work: OpenWork) -> None:
    alias = Alias(at("t@home.test"), (at("a@home.test"), at("b@home.test")), NOON)
    save(open_work, Domain(HOME, NOON), alias)
    with open_work() as work:
        work.accounts.remove_alias(alias.address)
        work.accounts.save_alias(replace(alias, targets=(at("c@home.test"),)))
        work.commit()
    with open_work() as work:
        found = work.accounts.alias(alias.address)
    assert found is not None
    assert found.targets == (at("c@home.test"),)


def test_remove_domain_with_addresses_is_a_conflict(open_work: OpenWork) -> None:
    save(open_work, Domain(HOME, NOON), Mailbox(at("taro@home.test"), NOON))
    with open_work() as work, pytest.raises(Conflict):
        work.accounts.remove_domain(HOME)
    with open_work() as work:
        assert work.accounts.domain(HOME) is not None


@pytest.mark.parametrize(
    "orphan", [Mailbox(at("taro@home.test"), NOON), Alias(at("t@home.test"), (at("taro@home.test"),), NOON)]
)
def test_address_without_its_domain_is_a_conflict(open_work: OpenWork, orphan: Mailbox | Alias) -> None:
    with pytest.raises(Conflict):
        save(open_work, orphan)


def test_leaving_without_commit_rolls_back(open_work: OpenWork) -> None:
    before = version(open_work)
    with open_work() as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        assert work.accounts.domain(HOME) is not None
    with open_work() as work:
        assert work.accounts.domain(HOME) is None
    assert version(open_work) == before


def test_exception_rolls_back(open_work: OpenWork) -> None:
    def fail() -> None:
        with open_work() as work:
            work.accounts.save_domain(Domain(HOME, NOON))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with open_work() as work:
        assert work.accounts.domain(HOME) is None


def test_version_grows_with_every_change_only(open_work: OpenWork) -> None:
    seen = [version(open_work)]
    save(open_work, Domain(HOME, NOON))
    seen.append(version(open_work))
    save(open_work, Mailbox(at("a@home.test"), NOON), Mailbox(at("b@home.test"), NOON))
    seen.append(version(open_work))
    with open_work() as work:
        work.accounts.remove_mailbox(at("a@home.test"))
        work.commit()
    seen.append(version(open_work))
    assert seen == sorted(set(seen))
    with open_work() as work:
        work.accounts.mailboxes()
        work.commit()
    assert version(open_work) == seen[-1]


def test_commit_may_be_followed_by_more(open_work: OpenWork) -> None:
    with open_work() as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.commit()
        work.accounts.save_domain(Domain(SHOP, NOON))
    with open_work() as work:
        assert [domain.name for domain in work.accounts.domains()] == [HOME]


def test_repository_outside_of_the_block_is_a_mistake(open_work: OpenWork) -> None:
    work = open_work()
    with pytest.raises(RuntimeError):
        work.accounts.version()
    with pytest.raises(RuntimeError):
        work.commit()
