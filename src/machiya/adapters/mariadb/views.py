"""The views of the daemons: each shows only what its daemon needs of what accounts/ publishes.

``dovecot_users``: ``login, password, app_passwords_required, home, quota_bytes`` of the enabled mailboxes; 0 bytes: no
limit. A mailbox without a password has a hash that no password fits. ``home`` is the folder of the mailbox below that
of all mail, as ``adapters/maildir/layout.py`` has it.

``dovecot_app_passwords``: ``login, digest``; each digest opens its mailbox.

``dovecot_rules``: ``login, name, script_id, script``, the Sieve script that the house runs for a mailbox; ``name`` is
always ``house``, as Dovecot looks for it.

Postfix has no view: it asks mail-api, which has the published table in memory.
"""

from collections.abc import Mapping

PUBLISHED = (
    "published_domains",
    "published_addresses",
    "published_targets",
    "published_mailboxes",
    "published_app_passwords",
    "published_rules",
)

NO_PASSWORD = "{CRYPT}*"  # noqa: S105 – what crypt(3) never makes

# Of what a mailbox name may have, only these two are written otherwise in a path.
_LOCAL = r"REPLACE(REPLACE(SUBSTRING_INDEX(login, '@', 1), '\'', '%27'), '&', '%26')"
_HOME = f"CONCAT(SUBSTRING_INDEX(login, '@', -1), '/', {_LOCAL})"

VIEWS: Mapping[str, str] = {
    "dovecot_users": (
        f"SELECT login, IF(password = '', '{NO_PASSWORD}', password) AS password, app_passwords_required, "  # noqa: S608 – fixed text
        f"{_HOME} AS home, quota_bytes FROM published_mailboxes WHERE enabled"
    ),
    "dovecot_app_passwords": "SELECT login, digest FROM published_app_passwords",
    "dovecot_rules": "SELECT login, 'house' AS name, script_id, script FROM published_rules",
}
