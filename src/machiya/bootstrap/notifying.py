"""Who is told of jobs that fail, and by which ways."""

from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from machiya.core.addresses import EmailAddress
from machiya.jobs.ports import NoticeFailed, Notifier

if TYPE_CHECKING:
    from machiya.adapters.notify.relay import RelayAccount
    from machiya.bootstrap.outgoing import Outgoing
    from machiya.settings import Settings

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

_log = structlog.get_logger()


def notifiers(house: "Outgoing") -> tuple[Notifier, ...]:
    """Every way that the settings name."""
    from machiya.adapters.notify.web import Ntfy, Webhook

    settings = house.settings
    mail = settings.jobs.notify_mail or settings.house.owner
    webhook, ntfy = (
        secret.get_secret_value() for secret in (settings.secrets.notify_webhook, settings.secrets.notify_ntfy)
    )
    return (
        *((HouseMail(house, EmailAddress.parse(mail)),) if mail else ()),
        *((Webhook(webhook, settings.house.hostname),) if webhook else ()),
        *((Ntfy(ntfy),) if ntfy else ()),
    )


class HouseMail:
    """``Notifier``: into the mailbox where it is one of this house, else through its relay.

    Decided each time: accounts change while the agent runs.
    """

    name = "mail"

    def __init__(self, house: "Outgoing", to: EmailAddress) -> None:
        self._house, self._to = house, to

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        """Hand it over, behind an alias to each of its mailboxes; one that takes it is enough.

        Raises:
            NoticeFailed: nobody took it.
        """
        house = self._house
        house.directory.refresh()
        mailboxes = house.directory.resolve(self._to).mailboxes
        refused: list[NoticeFailed] = []
        for mailbox in mailboxes:
            try:
                self._to_mailbox(mailbox).tell(subject, text, moment)
            except NoticeFailed as error:
                _log.warning("notice.refused", mailbox=str(mailbox), reason=error.message)
                refused.append(error)
        if not mailboxes:
            self._by_relay().tell(subject, text, moment)
        elif len(refused) == len(mailboxes):
            raise refused[0]

    def _to_mailbox(self, mailbox: EmailAddress) -> Notifier:
        from machiya.adapters.notify.mailbox import MailboxNotice

        hostname = self._house.settings.house.hostname
        return MailboxNotice(self._house.mail_store, sender=f"machiya@{hostname}", to=mailbox, hostname=hostname)

    def _by_relay(self) -> Notifier:
        """Under an address of the house's first domain: relays take no others."""
        from machiya.adapters.notify.relay import RelayMail

        settings = self._house.settings
        with self._house.accounts_uow(read_only=True) as work:
            domains = [str(domain.name) for domain in work.accounts.domains()]
        domain = domains[0] if domains else settings.house.hostname
        account = relay_account(settings, domain)
        if not account.host or (account.user and not account.password):
            raise NoticeFailed(
                f"{self._to} is no mailbox of this house, and the house has no relay",
                hint="Set [relay] and the secret relay_password, or jobs.notify_mail to a mailbox of this house.",
            )
        sender = f"postmaster@{domain}"
        return RelayMail(account, sender=sender, to=str(self._to), hostname=settings.house.hostname)


def relay_account(settings: "Settings", domain: str) -> "RelayAccount":
    """The relay for mail of ``domain``."""
    from machiya.adapters.notify.relay import RelayAccount

    relay = settings.relay
    own = relay.domains.get(domain)
    chosen = own.filled if own else relay.default
    password = settings.secrets.relay_password.get_secret_value()
    if own:
        pairs = settings.secrets.relay_domain_passwords.get_secret_value().split()
        password = dict(pair.partition("=")[::2] for pair in pairs).get(domain, "")
    ca_file = settings.root / relay.ca_file if relay.ca_file else None
    return RelayAccount(chosen.host, chosen.port, chosen.tls, chosen.user, password, ca_file)
