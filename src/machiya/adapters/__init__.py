"""One folder for each outside system; only bootstrap.py names a concrete adapter."""
