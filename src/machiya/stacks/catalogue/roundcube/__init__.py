"""Roundcube: mail in the browser, behind nginx."""
