"""Mail from the snapshots of one house: found, and brought back into its mailboxes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from machiya.accounts.mailboxes import show_mailbox
from machiya.adapters.maildir import names
from machiya.adapters.maildir.live import LiveMaildir
from machiya.backup.errors import RestoreFailed, RestoreRefused
from machiya.backup.mail import restore, selection
from machiya.backup.mail.find import find
from machiya.backup.mail.messages import messages
from machiya.backup.mail.model import Found, Letterhead, Query
from machiya.core.sizes import format_size
from machiya.mail.headers import read_facts

if TYPE_CHECKING:
    from machiya.adapters.snapshots.snapshot import DiskSnapshot
    from machiya.bootstrap import House
    from machiya.core.addresses import EmailAddress
    from machiya.core.progress import Progress

address_text, folder_name, folder_text, home_name = (
    names.address_text,
    names.folder_name,
    names.folder_text,
    names.home_name,
)


class MailBackups:
    """Looks into snapshots and writes into mailboxes."""

    def __init__(self, house: "House") -> None:
        self._house = house

    def find(self, snapshots: "Sequence[DiskSnapshot]", query: Query) -> Iterator[Found]:
        """Every message that fits, each once with the first of ``snapshots`` that has it.

        Raises:
            ManifestDamaged: the manifest of one is not whole.
        """
        return find(snapshots, query, _letterhead)

    def plan(
        self,
        snapshot: "DiskSnapshot",
        mailbox: "EmailAddress",
        wanted: selection.Wanted,
        *,
        into: bytes | None = None,
        beside: bool = False,
    ) -> restore.Plan:
        """What would be restored, and where to: below ``Restored DATE`` if nothing else is said.

        Raises:
            SnapshotMissing: the snapshot has nothing of it.
            InvalidInput: an id is not clear.
            RestoreFailed: the mailbox cannot be read.
        """
        home = names.home_name(mailbox)
        chosen = wanted.choose(messages(snapshot, home), snapshot.name)
        if beside:
            destination: selection.Destination = selection.where_it_was
        elif into is not None:
            destination = selection.into(into, wanted)
        else:
            destination = selection.below(f".Restored {snapshot.name.day.isoformat()}".encode())
        with _told(mailbox):
            return restore.plan(snapshot, chosen, destination, self._live(home))

    def carry_out(
        self,
        planned: restore.Plan,
        snapshot: "DiskSnapshot",
        mailbox: "EmailAddress",
        progress: "Progress",
        *,
        only_look: bool,
    ) -> Iterator[restore.Step]:
        """Do what was planned; every message as it went.

        Raises:
            NotFound: the house has no such mailbox.
            RestoreRefused: it would hold more than it may.
            RestoreFailed: its disk is full or failed.
        """
        self._require_room(mailbox, planned.size_bytes)
        live = self._live(names.home_name(mailbox))
        with _told(mailbox):
            yield from restore.carry_out(planned, snapshot, live, progress, only_look=only_look)

    def _require_room(self, mailbox: "EmailAddress", size_bytes: int) -> None:
        """A mailbox that is over its quota gets no new mail."""
        view = show_mailbox(self._house.accounts_uow(read_only=True), self._house.mailbox_files(), mailbox)
        quota = view.mailbox.quota_bytes
        if quota and view.usage_bytes + size_bytes > quota:
            raise RestoreRefused(
                f"{mailbox} may hold {format_size(quota)}, has {format_size(view.usage_bytes)},"
                f" and {format_size(size_bytes)} would come back",
                hint=f"Restore less, or first machiya mailbox change {mailbox} --quota SIZE.",
            )

    def _live(self, home: bytes) -> LiveMaildir:
        """The folder of all mail is not made here: where it is missing, its disk is not mounted."""
        root = self._house.settings.storage.bulk / "mail"
        return LiveMaildir(root, home, subscribes=self._house.in_containers)


@contextmanager
def _told(mailbox: "EmailAddress") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RestoreFailed(
            f"the mailbox {mailbox}: {error.strerror or error}",
            hint="Check its disk and its rights, then run it again: what is there already is not restored twice.",
        ) from error


def _letterhead(head: bytes) -> Letterhead:
    facts = read_facts(head)
    return Letterhead(facts.sender, facts.subject)
