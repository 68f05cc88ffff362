"""Work that the house does by itself or is asked for: schedules, runs, progress, history, and telling somebody."""
