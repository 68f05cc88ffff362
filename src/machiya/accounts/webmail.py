"""What webmail keeps of people: it ends with the mailbox, so that the next one of that address starts anew."""

from collections.abc import Sequence

from machiya.core.addresses import EmailAddress


class NoWebmail:
    """``WebmailPeople`` of a house without webmail."""

    def forget(self, mailboxes: Sequence[EmailAddress]) -> None:
        """Nothing is kept."""


NO_WEBMAIL = NoWebmail()
