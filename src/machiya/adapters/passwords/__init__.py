"""Hashing passwords the way Dovecot reads them."""
