"""The mail domains of the house."""
