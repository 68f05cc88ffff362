"""The mailboxes, for administrators."""
