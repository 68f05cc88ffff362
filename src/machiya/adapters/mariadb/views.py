"""The views of the daemons: each shows only what its daemon needs of what accounts/ publishes.

=====================  ==========================================  ===================================================
view                   columns                                     rows
=====================  ==========================================  ===================================================
``dovecot_users``      ``login, password, home, quota_bytes``      enabled mailboxes; 0 bytes: no limit
``postfix_domains``    ``domain``                                  mail domains of this house
``postfix_mailboxes``  ``mailbox``                                 enabled mailboxes
``postfix_recipients`` ``address, position, mailbox``              address or ``@domain`` → mailboxes, in order
``postfix_senders``    ``address, login``                          who may send as which address
=====================  ==========================================  ===================================================

Look-ups of recipients and senders take the first of these that has rows: the address, the address without its
``+tag``, ``@domain`` (recipients only) – Postfix does so by itself with ``recipient_delimiter = +``. An address whose
mailboxes are all disabled leads to itself, so that no catch-all takes its mail, and ``postfix_mailboxes`` lacks it.
A mailbox without a password has a hash that no password fits. ``home`` is the folder of the mailbox below that of all
mail, as ``adapters/maildir/layout.py`` has it.
"""

from collections.abc import Mapping

PUBLISHED = (
    "published_domains",
    "published_addresses",
    "published_targets",
    "published_senders",
    "published_mailboxes",
)

NO_PASSWORD = "{CRYPT}*"  # noqa: S105 – what crypt(3) never makes

# Of what a mailbox name may have, only these two are written otherwise in a path.
_LOCAL = r"REPLACE(REPLACE(SUBSTRING_INDEX(login, '@', 1), '\'', '%27'), '&', '%26')"
_HOME = f"CONCAT(SUBSTRING_INDEX(login, '@', -1), '/', {_LOCAL})"

VIEWS: Mapping[str, str] = {
    "dovecot_users": (
        f"SELECT login, IF(password = '', '{NO_PASSWORD}', password) AS password, {_HOME} AS home, quota_bytes "  # noqa: S608 – fixed text
        "FROM published_mailboxes WHERE enabled"
    ),
    "postfix_domains": "SELECT name AS domain FROM published_domains",
    "postfix_mailboxes": "SELECT login AS mailbox FROM published_mailboxes WHERE enabled",
    "postfix_recipients": (
        "SELECT a.pattern AS address, COALESCE(t.position, 0) AS position, COALESCE(t.mailbox, a.pattern) AS mailbox "
        "FROM published_addresses a LEFT JOIN published_targets t ON t.pattern = a.pattern "
        "WHERE a.refusal IS NULL OR LEFT(a.pattern, 1) <> '@'"
    ),
    "postfix_senders": "SELECT address, login FROM published_senders",
}
