"""Vacation, forwarding and filters of one mailbox, for its owner."""
