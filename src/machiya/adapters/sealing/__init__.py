"""Small secrets in the database, unreadable without a key of the house."""
