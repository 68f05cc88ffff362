"""The agent: the one process that runs jobs."""
