"""Certificates for mail clients: made by a local CA, taken from files, or fetched by Tailscale."""
