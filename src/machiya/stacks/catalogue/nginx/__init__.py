"""nginx: the mail stack's front, and with another configuration the tunnel's stand-in."""
