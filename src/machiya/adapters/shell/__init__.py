"""Processes: the only place that starts one."""
