"""Who lives in a new house: the first domain, mailbox and alias – asked for, or taken from the options of init."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from machiya.accounts.aliases import add_alias
from machiya.accounts.domains import add_domain
from machiya.accounts.mailboxes import add_mailbox
from machiya.accounts.passwords import check_password
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import AlreadyExists, InvalidInput, MachiyaError
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.audited import note

if TYPE_CHECKING:
    from machiya.bootstrap import House

SAMPLE_DOMAIN = "home.test"
SAMPLE_MAILBOX = "you"
SAMPLE_ALIAS = "hello"


@dataclass(frozen=True, slots=True)
class PasswordFrom:
    """Where the mailbox's password comes from; neither: a prompt."""

    stdin: bool = False
    generate: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What the options said, as they were typed."""

    domain: str = ""
    mailbox: str = ""
    alias: str = ""
    hostname: str = ""
    password: PasswordFrom = PasswordFrom()
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new house should hold; nothing of it in a house where people live already."""

    hostname: str
    hostname_given: bool = False
    domain: DomainName | None = None
    mailbox: EmailAddress | None = None
    alias: EmailAddress | None = None
    password: str | None = None


def sample_answers() -> Answers:
    """The house to try."""
    return Answers(domain=SAMPLE_DOMAIN, mailbox=SAMPLE_MAILBOX, alias=SAMPLE_ALIAS, yes=True)


def wanted(house: "House", answers: Answers) -> Wanted:
    """Complete the answers by asking, where somebody is there; everything is checked before anything is made.

    Raises:
        InvalidInput: an answer cannot be used, or is missing and nobody is there.
    """
    lived_in = is_lived_in(house)
    if lived_in and not (answers.domain or answers.mailbox or answers.alias):
        return Wanted(hostname="", hostname_given=bool(answers.hostname))
    domain = DomainName.parse(_domain_text(answers))
    mailbox = _address(_answer(answers.mailbox, "First mailbox", SAMPLE_MAILBOX, "--mailbox", answers), domain)
    alias = _address(answers.alias, domain) if answers.alias else None
    return Wanted(
        hostname=str(DomainName.parse(answers.hostname or f"machiya.{domain}")),
        hostname_given=bool(answers.hostname),
        domain=domain,
        mailbox=mailbox,
        alias=alias,
        password=None if _has_mailbox(house, mailbox) else _password(answers),
    )


def _domain_text(answers: Answers) -> str:
    if not answers.domain and "@" in answers.mailbox:
        return answers.mailbox.rpartition("@")[2]
    return _answer(answers.domain, "Mail domain", SAMPLE_DOMAIN, "--domain", answers)


def _answer(given: str, text: str, default: str, flag: str, answers: Answers) -> str:
    if given or answers.yes:
        return given or default
    return ask.question(text, default, flag=flag)


def _address(text: str, domain: DomainName) -> EmailAddress:
    address = EmailAddress.parse(text if "@" in text else f"{text}@{domain}")
    if address.domain != domain:
        raise InvalidInput(
            f"{address} is not in {domain}", hint="The first mailbox and alias live in the first domain."
        )
    return address


def _password(answers: Answers) -> str | None:
    generate = answers.password.generate or (answers.yes and not answers.password.stdin)
    password = ask.new_password(from_stdin=answers.password.stdin, generate=generate)
    if password is not None:
        check_password(password)
    return password


def is_lived_in(house: "House") -> bool:
    """Whether the house has a domain; a house that cannot say so yet has none."""
    if not house.folder.is_house:
        return False
    try:
        if not house.database_stands:
            return False
        with house.accounts_uow(read_only=True) as work:
            return bool(work.accounts.domains())
    except MachiyaError:
        return False


def _has_mailbox(house: "House", address: EmailAddress) -> bool:
    if not house.folder.is_house or not is_lived_in(house):
        return False
    with house.accounts_uow(read_only=True) as work:
        return work.accounts.mailbox(address) is not None


def move_in(house: "House", wanted: Wanted) -> bool:
    """Make the database and the accounts that are missing; whether any was."""
    house.prepare_storage()
    made = False
    if wanted.domain is not None:
        made |= _add_domain(house, wanted.domain)
    if wanted.mailbox is not None:
        made |= _add_mailbox(house, wanted.mailbox, wanted.password)
    if wanted.alias is not None and wanted.mailbox is not None:
        made |= _add_alias(house, wanted.alias, wanted.mailbox)
    return made


def _add_domain(house: "House", domain: DomainName) -> bool:
    try:
        add_domain(house.accounts_uow(audit=note("domain.add", domain)), house.clock, domain)
    except AlreadyExists:
        return console.step("domain", str(domain), made=False)
    return console.step("domain", str(domain), made=True)


def _add_mailbox(house: "House", address: EmailAddress, password: str | None) -> bool:
    work, quota = house.accounts_uow(audit=note("mailbox.add", address)), house.settings.mail.default_quota
    try:
        saved = add_mailbox(work, house.clock, house.password_hasher(), address, password=password, quota_bytes=quota)
    except AlreadyExists:
        return console.step("mailbox", str(address), made=False)
    console.step("mailbox", str(address), made=True)
    if saved.generated_password:
        console.say(f"       password       {saved.generated_password}   (shown only now)")
    return True


def _add_alias(house: "House", alias: EmailAddress, mailbox: EmailAddress) -> bool:
    audit = note("alias.add", alias, targets=mailbox)
    try:
        add_alias(house.accounts_uow(audit=audit), house.clock, alias, (mailbox,))
    except AlreadyExists:
        return console.step("alias", str(alias), made=False)
    return console.step("alias", f"{alias} → {mailbox}", made=True)
