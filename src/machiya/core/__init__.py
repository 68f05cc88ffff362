"""Words every room speaks; imports nothing of Machiya."""
