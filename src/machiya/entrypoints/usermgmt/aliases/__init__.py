"""Addresses that stand for others."""
