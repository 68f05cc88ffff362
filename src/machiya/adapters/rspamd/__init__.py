"""Rspamd over HTTP."""
