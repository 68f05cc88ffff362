"""Postfix: mail out."""
