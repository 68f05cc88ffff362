"""Pages for people: mailboxes, passwords, their own mail."""
