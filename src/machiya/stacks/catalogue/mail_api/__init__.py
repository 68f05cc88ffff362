"""mail-api: takes signed messages from the edge."""
