"""The stand-in for Cloudflare Tunnel, from the image of nginx."""
