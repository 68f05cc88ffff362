"""Virus scanner."""
