"""Messages in snapshots: found by sender, subject and date, and brought back into the mailbox."""
