"""How many examples a property gets: few while one works, more in CI; HYPOTHESIS_PROFILE=quick|ci|thorough decides."""

import os

from hypothesis import HealthCheck, settings

for name, examples in (("quick", 10), ("ci", 50), ("thorough", 1000)):
    settings.register_profile(name, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_default = "ci" if os.environ.get("CI") else "quick"  # noqa: TID251 – CI says so itself
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", _default))  # noqa: TID251 – a developer's choice
