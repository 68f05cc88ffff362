"""Ways to tell the person who runs the house: mail, a webhook, ntfy."""
