"""Folders and files on the local disk."""
