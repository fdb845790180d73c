"""What the processes of one server tell each other, through Redis: a word every second.

Breakers, open streams and metrics are counted by each process for itself. Pages and `/metrics` of
any of them show those of all, as they were a second ago.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from math import inf, isfinite

from redis import Redis
from redis.exceptions import RedisError
from typing_extensions import override

from aiconnect.calls.words import Word
from aiconnect.ids import uuid7
from aiconnect.secret import Secret

log = logging.getLogger("aiconnect.fellows")

TICK = 1.0
GONE = 5.0
"""Seconds after which a process that says nothing is not counted any more."""

PATIENCE = 1.0


class Fellows(threading.Thread):
    """Says `say()` every second, and keeps what the other processes said last."""

    def __init__(self, url: Secret, say: Callable[[], Word], *, prefix: str = "aiconnect") -> None:
        super().__init__(name="fellows", daemon=True)
        self._redis = Redis.from_url(
            url.reveal(), socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
        )
        self._say, self._key, self._name = say, f"{{{prefix}}}:fellows", uuid7()
        self._wanted = threading.Event()
        self._stopping = self._is_away = False
        self._heard: tuple[float, tuple[Word, ...]] = (0.0, ())

    def stop(self) -> None:
        """Take back what was said, and end."""
        self._stopping = True
        self._wanted.set()
        if self.is_alive():
            self.join(timeout=5)
        self._redis.close()

    @property
    def heard(self) -> Sequence[Word]:
        """The other processes' latest words; nothing while Redis is away."""
        at, words = self._heard
        return words if time.monotonic() - at < GONE else ()

    @override
    def run(self) -> None:
        while not self._stopping:
            self._turn()
            self._wanted.wait(TICK)
        try:
            self._redis.hdel(self._key, self._name)
        except RedisError:
            log.debug("nobody could be told that this process ends")

    def _turn(self) -> None:
        try:
            self._exchange()
        except RedisError as error:
            if not self._is_away:
                log.warning("processes cannot hear each other", extra={"error": str(error)[:200]})
            self._is_away = True
        except Exception:  # a thread that ended would leave pages with what was heard last
            log.exception("what other processes say cannot be read")
        else:
            self._is_away = False

    def _exchange(self) -> None:
        now = self._redis.time()[0]  # theirs and ours by one clock
        said = json.dumps({"at": now, "word": self._say().written})
        self._redis.hset(self._key, self._name, said)
        words: list[Word] = []
        for name, raw in self._redis.hgetall(self._key).items():
            at, word = _read(raw)
            if now - at > GONE:
                self._redis.hdel(self._key, name)
            elif word is not None and name != self._name.encode():
                words.append(word)
        self._heard = (time.monotonic(), tuple(sorted(words, key=lambda one: one.pid)))


def _read(raw: bytes | str) -> tuple[float, Word | None]:
    """When a word was said, and the word; None where it is none that we can read.

    Another version's or another program's must not make the others unheard. One without a time
    would stay for ever, so it is as old as can be.
    """
    try:
        found = json.loads(raw)
        at = float(found["at"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return -inf, None
    try:
        word = Word.read(found.get("word"))
    except ValueError:
        word = None
    return at if isfinite(at) else -inf, word
