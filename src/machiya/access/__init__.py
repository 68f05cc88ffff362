"""Who may use the house's pages: administrators, log-ins, sessions, second factor, throttling, the audit log."""
