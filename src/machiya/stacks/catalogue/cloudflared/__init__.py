"""Cloudflare Tunnel's own connector, pulled by name."""
