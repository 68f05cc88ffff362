"""Snapshots of the house on a second disk, the vault off-site, and proof that both can be restored."""
