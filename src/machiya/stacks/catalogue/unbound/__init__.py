"""Resolver of the house."""
