"""The only place where a port meets its adapter."""
