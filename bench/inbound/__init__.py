"""How fast messages come in: the house against two reference designs and raw LMTP, into one Dovecot."""
