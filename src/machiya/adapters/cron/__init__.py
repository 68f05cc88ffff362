"""Schedules in cron's syntax, through cronsim."""
