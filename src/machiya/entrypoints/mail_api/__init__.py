"""The door: signed HTTP from the edge, and a private port for health and metrics."""
