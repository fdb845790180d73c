"""What a finished test says, in short."""

from __future__ import annotations

from aiconnect.models import Check


def states(check: Check) -> dict[str, str]:
    return {step["step"]: step["state"] for step in check.steps}


def failed(check: Check) -> str | None:
    return next((name for name, state in states(check).items() if state == "failed"), None)
