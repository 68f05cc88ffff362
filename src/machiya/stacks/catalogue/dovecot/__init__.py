"""Dovecot: its image, configuration and place in the house."""
