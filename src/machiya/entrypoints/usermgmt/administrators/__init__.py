"""The people who administer the house."""
