"""Mail written straight into Maildir folders."""
