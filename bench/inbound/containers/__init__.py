"""How fast messages come in through the whole house in containers, against a plain Postfix before the same Dovecot."""
