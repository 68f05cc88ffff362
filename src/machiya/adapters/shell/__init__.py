"""Processes: the parts of the embedded house, started, watched and stopped. The only place that starts any."""
