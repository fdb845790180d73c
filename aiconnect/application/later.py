"""A part of the server that is made after its start, or when somebody asks for it first."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

log = logging.getLogger("aiconnect.later")


class Later(Generic[T]):
    """Made once, by whoever comes first; the others wait. What failed is tried anew."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._lock = threading.Lock()

    def get(self) -> T:
        """The part. Raises what its making raises."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def begin(self) -> None:
        """Make it in a thread, so that nobody has to wait for it."""
        threading.Thread(target=self._begin, name="pages", daemon=True).start()

    def _begin(self) -> None:
        try:
            self.get()
        except Exception:  # whoever asks for a page is told; a thread can tell nobody
            log.exception("the pages could not be made yet")
