"""The real server as a process of its own, with rows that point at fakes.

`python -m tests.serve '{"port": 8601, "urls": {"openai": "http://127.0.0.1:9200/v1"}}'`
with AICONNECT_INSTANCE pointing at an initialised folder. Only this program can open the address
policy: no setting does.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from aiconnect.calls import circuit
from aiconnect.cli import server
from aiconnect.errors import StartRefused
from aiconnect.gateway.limits import Limits
from aiconnect.settings import Settings
from tests.fakes import OpenPolicy, pointed

NEVER = circuit.Settings(is_on=False)


def _limits(stated: dict[str, Any]) -> Limits:
    """A server that many tests share leaves no provider alone, unless it is told to."""
    breaker = circuit.Settings(**stated.pop("breaker", {})) if "breaker" in stated else NEVER
    return Limits(**stated, breaker=breaker)


def main() -> int:
    plan = json.loads(sys.argv[1])
    rows = pointed(plan.get("urls", {}))
    limits = _limits(plan.get("limits", {}))
    settings = Settings.from_env(os.environ)
    try:
        server.serve(
            settings,
            server.Place("127.0.0.1", plan["port"]),
            rows=rows,
            policy=OpenPolicy(),
            limits=limits,
            workers=plan.get("workers", 1),
        )
    except StartRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
