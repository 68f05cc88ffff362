"""The front door: an SMTP listener that plays Cloudflare Email Routing and the Worker where there is no Cloudflare."""
