"""An LMTP client (RFC 2033) that reads one reply for each accepted recipient and keeps its connections."""
