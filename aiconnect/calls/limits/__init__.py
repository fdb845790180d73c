"""Limits per minute and at once: of access tokens, people and connections.

One rule wherever they are counted (memory.py in this process, shared.py in Redis for several):

- A request counts in the second in which it enters, and until that second is a minute old. So no
  span of 60 seconds ever holds more requests than the limit; room comes back up to a second late.
- Its tokens count as estimated when it enters and, once settled, as they were, in the second of
  settling. A limit is overshot by what calls under way use beyond their estimates, never by more;
  that counts afterwards, so calls wait the longer. The estimate of a call that goes on for more
  than a minute leaves the window before its real number comes.
- A call estimated beyond the whole limit goes out when nothing else counts: it would never else.
- `enter` takes every limit or none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from aiconnect.calls.snapshot import Limit
from aiconnect.errors import Withheld

SECONDS = 60
"""Of the window."""
MOST_TOKENS = 10**12
PARALLEL_WAIT = 1.0
"""Seconds that a call is told to wait for another to end, which nobody can know."""

Key = tuple[str, int]
"""What is limited: "token", "person" or "connection", and its id."""
Wanted = Sequence[tuple[Key, Limit]]

WORDS = {
    "requests": "%d requests per minute",
    "tokens": "%d tokens per minute",
    "parallel": "%d calls at once",
}


class Limited(Exception):
    """A limit is reached. `which` is requests, tokens or parallel; `retry_after` is in seconds."""

    def __init__(self, key: Key, which: str, limit: int, retry_after: float) -> None:
        super().__init__(f"{key[0]} {key[1]}: {which}")
        self.key, self.which, self.limit, self.retry_after = key, which, limit, retry_after

    def error(self, connection: str = "") -> Withheld:
        """How it is told to the caller: token_limited, person_limited or connection_limited."""
        seconds = max(1, math.ceil(self.retry_after))
        return Withheld(
            f"{self.key[0]}_limited",
            retry_after=seconds,
            seconds=seconds,
            connection=connection,
            limit=WORDS[self.which] % self.limit,
        )


class Hold(Protocol):
    """What one call has taken. The first of `settle` and `release` counts, further ones do not.

    Neither waits for anything, so the relay's thread may call them.
    """

    def settle(self, tokens: int) -> None:
        """The call has ended: this many tokens count instead of the estimate."""

    def release(self) -> None:
        """The call never reached a provider: it is given back as if it had not been made."""


class Limits(Protocol):
    """Where calls are counted. Thread-safe."""

    def enter(self, wanted: Wanted, tokens: int) -> Hold:
        """Count a call of about so many tokens against all limits. Raises Limited."""


def estimate(tokens: int) -> int:
    """An estimate that can be counted."""
    return min(max(tokens, 0), MOST_TOKENS)


def counted(limit: Limit, tokens: int) -> int:
    """How much of an estimate counts against a limit: what is beyond the whole limit fills it."""
    most = limit.tokens_per_minute
    return tokens if most is None else min(tokens, most)
