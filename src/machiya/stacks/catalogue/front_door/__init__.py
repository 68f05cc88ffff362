"""The front door: plays the edge where there is no Cloudflare."""
