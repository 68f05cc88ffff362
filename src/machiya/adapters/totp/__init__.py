"""Codes of authenticator apps."""
