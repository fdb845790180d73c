"""How hard hypothesis tries: `ci` by default, `HYPOTHESIS_PROFILE=long` for an afternoon."""

import os

from hypothesis import HealthCheck, settings

QUIET = [HealthCheck.too_slow]
settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, max_examples=50,
    suppress_health_check=QUIET,
)  # fmt: skip
settings.register_profile(
    "long", deadline=None, database=None, max_examples=5000, suppress_health_check=QUIET
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
