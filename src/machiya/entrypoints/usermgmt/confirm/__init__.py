"""Before something dangerous: a password given again, a name typed."""
