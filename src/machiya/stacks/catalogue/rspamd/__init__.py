"""Spam scanner."""
