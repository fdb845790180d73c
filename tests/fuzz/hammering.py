"""A loop of random cases that stops when its time is over and says how to repeat what failed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

SEED = os.environ.get("FUZZ_SEED", "")
CASE = os.environ.get("FUZZ_CASE", "")


@dataclass(frozen=True)
class Budget:
    """`seconds` for all properties of one kind together; `seed` names the cases."""

    seconds: float
    seed: str

    def cases(self, share: float) -> Iterator[tuple[str, Random]]:
        """Cases with their names, until this share of the time is over; one at least."""
        print(f"FUZZ_SEED={self.seed}")  # noqa: T201 (pytest shows it where a test fails)
        until = time.monotonic() + self.seconds * share
        for number in [int(CASE)] if CASE else count():
            yield f"{self.seed}/{number}", Random(f"{self.seed}/{number}")  # noqa: S311
            if time.monotonic() >= until:
                return

    def hammer(self, share: float, one: Callable[[Random], None]) -> None:
        """Try `one` again and again."""
        for name, rng in self.cases(share):
            try:
                one(rng)
            except BaseException as error:
                seed, _, number = name.rpartition("/")
                error.add_note(f"FUZZ_SEED={seed} FUZZ_CASE={number} repeats it.")
                raise
