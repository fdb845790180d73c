"""How long to try: seconds in every run, with the same cases; minutes in a soak, with new ones."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.hammering import SEED, Budget

SECONDS = 20.0
SOAK_SECONDS = 600.0


@pytest.fixture(params=["seconds", pytest.param("minutes", marks=pytest.mark.soak)])
def budget(request: pytest.FixtureRequest) -> Budget:
    if request.param == "seconds":
        return Budget(SECONDS, SEED or "2026-11")
    return Budget(SOAK_SECONDS, SEED or str(time.time_ns()))
