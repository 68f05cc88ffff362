"""SendGrid, the relay by default."""
