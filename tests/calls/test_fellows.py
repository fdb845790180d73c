"""Processes that hear each other through Redis are not made deaf by what else stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aiconnect.calls.fellows import Fellows
from aiconnect.calls.words import Word
from aiconnect.gateway.merging import merged
from tests.redis_server import RedisServer
from tests.running import until

pytestmark = pytest.mark.system

KEY = "{aiconnect}:fellows"
GOOD = Word(7, 1, 2, "# TYPE aiconnect_x gauge\naiconnect_x 1\n")
STANDING = {"connection_id": 1, "model": "", "state": "open", "since": 0, "until": 5.5}
WRONG: tuple[Any, ...] = (
    None, [], "x", {}, {"pid": None}, {"pid": '7",x="'}, {"pid": 7, "metrics": 3},
    {"pid": True}, {"pid": 8, "standings": 1}, {"pid": 8, "standings": [1]},
    {"pid": 8, "standings": [{"connection_id": "1", "model": ""}]},
    {"pid": 8, "standings": [{**STANDING, "until": 1e300}]},
    {"pid": 8, "standings": [{**STANDING, "since": float("nan")}]},
    {"pid": 8, "standings": [{**STANDING, "until": 10**400}]},
)  # fmt: skip


@pytest.fixture
def fellows(redis_server: RedisServer) -> Iterator[Fellows]:
    found = Fellows(redis_server.url, lambda: Word(1))
    yield found
    found.stop()


def now(redis_server: RedisServer) -> int:
    return int(redis_server.client.time()[0])  # type: ignore[index]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_a_word_that_is_none_leaves_the_others_heard(
    fellows: Fellows, redis_server: RedisServer, wrong: Any
) -> None:
    redis_server.client.hset(KEY, "a", json.dumps({"at": now(redis_server), "word": wrong}))
    redis_server.client.hset(KEY, "b", json.dumps({"at": now(redis_server), "word": GOOD.written}))
    fellows.start()
    assert until(lambda: fellows.heard == (GOOD,))


def test_what_is_no_word_at_all_is_cleared_away(
    fellows: Fellows, redis_server: RedisServer
) -> None:
    deep = "[" * 100_000
    for name, raw in enumerate((b"\xff", b"{", b"1", b'{"at": "x"}', b'{"at": 1e999}', deep)):
        redis_server.client.hset(KEY, str(name), raw)
    fellows.start()
    assert until(lambda: redis_server.client.hlen(KEY) == 1)


def test_another_version_may_say_more_or_less() -> None:
    later = {"pid": 3, "colour": "red", "standings": [{**STANDING, "mood": "bad"}]}
    found = Word.read(later)
    assert (found.pid, found.calls, found.standings[0].until) == (3, 0, 5.5)


def test_a_word_survives_being_written() -> None:
    word = Word.read({"pid": 3, "streams": 2, "standings": [STANDING]})
    assert Word.read(json.loads(json.dumps(word.written))) == word


def test_lines_that_are_no_metrics_are_left_out() -> None:
    odd = '#\n# \n# TYPE\nx\n{a} 1\naiconnect_x{a="}{"} 2\naiconnect_x\u2028 3\n# EOF\n'
    text = merged([GOOD, Word(8, metrics=GOOD.metrics + odd)]).decode()
    assert text.splitlines() == [
        "# TYPE aiconnect_x gauge",
        'aiconnect_x{process="7"} 1',
        'aiconnect_x{process="8"} 1',
        'aiconnect_x{process="8",a="}{"} 2',
    ]
