"""The house's secrets in one age file (age-encryption.org/v1)."""
