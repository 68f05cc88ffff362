"""Postfix: its log, its queue, and its look-ups."""
