"""The house as the edge sees it: signed HTTP calls."""
