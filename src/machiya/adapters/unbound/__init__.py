"""The resolver of the house."""
