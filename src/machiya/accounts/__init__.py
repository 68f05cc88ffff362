"""Mail domains, mailboxes, aliases, passwords, quotas, and the flattened address table."""
