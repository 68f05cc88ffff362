"""What rspamd remembers."""
