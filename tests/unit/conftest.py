"""What makes this lane quick and the same each time: few examples, little garbage collection, plain log lines."""

import gc
import os

import pytest
import structlog
from hypothesis import HealthCheck, settings

# How many examples a property gets: few while one works, more in CI (always the same ones, so that a red run can be
# made again); HYPOTHESIS_PROFILE=quick|ci|thorough decides.
for name, examples in (("quick", 10), ("ci", 20), ("thorough", 1000)):
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=name == "ci",
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
_default = "ci" if os.environ.get("CI") else "quick"  # noqa: TID251 – CI says so itself
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", _default))  # noqa: TID251 – a developer's choice

# Plain lines: drawing a traceback in colours takes longer than most tests.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])

# A quarter of the time went to walking again and again through what the imports left in memory.
gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything imported stays to the end; only what tests make is looked at from here on."""
    del session
    gc.collect()
    gc.freeze()
