"""What an invited administrator sees first."""
