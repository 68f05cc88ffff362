"""One folder for each outside system; only bootstrap/ names a concrete adapter."""
