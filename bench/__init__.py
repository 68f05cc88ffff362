"""What must be fast, measured against a peer in the same run."""
