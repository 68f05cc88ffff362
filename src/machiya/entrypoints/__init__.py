"""Where the outside comes in: HTTP, SMTP, the command line."""
