"""Dovecot over LMTP, IMAP and doveadm."""
