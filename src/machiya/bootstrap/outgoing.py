"""Mail on its way out: its book, the relay's events, Postfix's log and queue."""

from pathlib import Path
from typing import TYPE_CHECKING

from machiya.bootstrap.rooms import Rooms

if TYPE_CHECKING:
    from machiya.mail.outgoing_ports import LogLineReader, MailQueue, OutgoingBook, QueueLog, RelayWebhook
    from machiya.mail.submission import SubmissionRules

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py


class Outgoing(Rooms):
    """Ports of the way out with the adapters that the settings ask for."""

    def outgoing_book(self) -> "OutgoingBook":
        """What the house knows of outgoing mail."""
        from machiya.adapters.sql.outgoing_book import SqlOutgoingBook

        return SqlOutgoingBook(self.engine)

    def relay_webhook(self) -> "RelayWebhook | None":
        """Understands the relay's events; None where its public key is not known.

        Raises:
            ConfigurationError: that key is none.
        """
        from machiya.adapters.sendgrid.webhook import SendGridWebhook

        key = self.settings.relay.events_public_key
        return SendGridWebhook(key) if key else None

    def queue_log(self) -> "QueueLog | None":
        """Postfix's log; None where there is no Postfix."""
        from machiya.adapters.postfix.log_file import LogFile

        path = self.settings.submission.log_file
        return LogFile(Path(path)) if path else None

    def log_lines(self) -> "LogLineReader":
        """Understands its lines; the mail store is told from relays by its address."""
        from machiya.adapters.postfix.log_lines import PostfixLogLines

        return PostfixLogLines((f"{self.settings.lmtp.host}[",))

    def submission_rules(self) -> "SubmissionRules":
        """What a mailbox may send."""
        from machiya.mail.sending_rate import SendingRates
        from machiya.mail.submission import SubmissionRules

        limits = self.settings.submission
        rates = SendingRates(self.clock, user_per_hour=limits.user_per_hour, domain_per_hour=limits.domain_per_hour)
        return SubmissionRules(self.directory, rates)

    def mail_queue(self) -> "MailQueue":
        """What waits to leave the house.

        Raises:
            QueueUnavailable: this house has no queue of its own.
        """
        from machiya.adapters.postfix.queue import PostfixQueue
        from machiya.bootstrap.workshop import Workshop
        from machiya.mail.outgoing_ports import QueueUnavailable

        if self.settings.house.engine != "docker":
            raise QueueUnavailable(
                "the embedded house has no queue of outgoing mail", hint='It needs house.engine = "docker".'
            )
        docker, container = Workshop().docker, f"{self.settings.docker.project}-postfix"
        return PostfixQueue(lambda argv: docker.call("exec", container, *argv))
