"""What providers still allow, by their latest answers: so as not to call only to be refused."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from aiconnect.adapters.waiting import Allowance, allowance

PATIENCE = 5.0
"""Seconds that a call waits for its turn; where it would be longer, another step is tried."""
MOST_MODELS = 200
"""Of one connection that are remembered: their names may come from callers."""


@dataclass(frozen=True, slots=True)
class Noted:
    """An allowance, of which model, and when it was said, in seconds of the caller's clock."""

    model_id: str
    allowance: Allowance
    at: float

    def wait(self, now: float) -> float:
        """Seconds before which another call would be refused; 0 where it would not."""
        return max(self.at + self.allowance.wait - now, 0.0) if self.allowance.wait else 0.0

    def resets_in(self, now: float) -> float | None:
        """Seconds until the limit starts anew, None where that is not known."""
        left = self.allowance.resets_in
        return None if left is None else max(self.at + left - now, 0.0)


class Allowances:
    """The latest allowance of each model of each connection: limits are mostly per model.

    Thread-safe. Where no model is given, they are kept for the connection as a whole.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[int, dict[str, Noted]] = {}
        self._marks: Mapping[int, object] = {}

    def note(
        self, connection_id: int, headers: Mapping[str, str], now: float, model_id: str = ""
    ) -> None:
        """Take in the headers of an answer, their names in lower case, whatever its status."""
        found = allowance(headers)
        if found is None:
            return
        with self._lock:
            models = self._noted.setdefault(connection_id, {})
            models.pop(model_id, None)  # so that the oldest stands first
            models[model_id] = Noted(model_id, found, now)
            if len(models) > MOST_MODELS:
                del models[next(iter(models))]

    def wait(self, connection_id: int, now: float, model_id: str = "") -> float:
        """Seconds to wait before a call, 0 for none; above PATIENCE it should go elsewhere."""
        models = self._noted.get(connection_id)
        noted = models.get(model_id) if models else None
        return noted.wait(now) if noted else 0.0

    def look(self, connection_id: int) -> list[Noted]:
        """What was said of a connection, the latest first."""
        with self._lock:
            return list(reversed(self._noted.get(connection_id, {}).values()))

    def reset(self, connection_id: int) -> None:
        """Forget what was said: the key is another, or somebody wants to try."""
        with self._lock:
            self._noted.pop(connection_id, None)

    def follow(self, marks: Mapping[int, object]) -> None:
        """Forget connections that are gone, or whose mark (their target) is another than before."""
        with self._lock:
            before, self._marks = self._marks, dict(marks)
            for connection_id in list(self._noted):
                now = marks.get(connection_id)
                if now is None or before.get(connection_id, now) != now:
                    del self._noted[connection_id]

    def connections(self) -> list[int]:
        """The ids of those that have said something."""
        with self._lock:
            return list(self._noted)
