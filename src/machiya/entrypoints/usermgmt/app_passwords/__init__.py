"""App passwords: one for each device."""
