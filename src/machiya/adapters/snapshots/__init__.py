"""Snapshots on the backup disk: plain trees, unchanged files hard-linked to the day before, a manifest in each."""
