"""Flowing streams wait for a moment while there is much to do; nobody else does."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from aiconnect.gateway.readiness import LONGEST_REST, REST_PER_WORK, SHORTEST_REST, Readiness

LITTLE, MUCH = SHORTEST_REST / REST_PER_WORK / 2, LONGEST_REST / REST_PER_WORK * 2
FOREVER = 60.0


@pytest.fixture
def ready() -> Iterator[Readiness]:
    it = Readiness()
    yield it
    it.flowing.close()
    it.prompt.close()


News = Callable[[select.epoll], int]


@pytest.fixture
def news() -> Iterator[News]:
    """Puts a socket that has news into an epoll, and gives its descriptor."""
    with ExitStack() as sockets:

        def put(epoll: select.epoll) -> int:
            near, far = (sockets.enter_context(one) for one in socket.socketpair())
            epoll.register(near.fileno(), select.EPOLLIN)
            far.send(b"news")
            return near.fileno()

        yield put


def told(ready: Readiness) -> list[int]:
    return [fd for fd, _ in ready.poll(FOREVER)]


def test_flowing_streams_are_told_of_at_once_where_there_is_little_to_do(
    ready: Readiness, news: News
) -> None:
    flowing = news(ready.flowing)
    ready.worked(LITTLE, is_all=True)
    assert told(ready) == [ready.flow]
    assert [fd for fd, _ in ready.flowing.poll(0)] == [flowing]
    assert not ready.is_due(time.monotonic() + FOREVER)


def test_after_much_work_they_wait_for_the_longest_rest_at_most(
    ready: Readiness, news: News
) -> None:
    flowing = news(ready.flowing)
    before = time.monotonic()
    ready.worked(MUCH, is_all=True)
    assert not ready.is_due(before + LONGEST_REST * 0.99)
    assert told(ready) == []
    after = time.monotonic()
    assert after - before >= LONGEST_REST
    assert ready.is_due(after)
    assert [fd for fd, _ in ready.flowing.poll(0)] == [flowing]


def test_all_else_is_told_of_while_they_wait(ready: Readiness, news: News) -> None:
    news(ready.flowing)
    prompt = news(ready.prompt)
    ready.worked(MUCH, is_all=True)
    assert told(ready) == [prompt]


def test_there_is_no_rest_while_some_have_not_been_looked_at(ready: Readiness, news: News) -> None:
    news(ready.flowing)
    ready.worked(MUCH, is_all=False)
    assert told(ready) == [ready.flow]
    ready.worked(0.0, is_all=True)
    assert ready.is_resting


def test_the_rest_ends_when_there_is_little_to_do_again(ready: Readiness, news: News) -> None:
    news(ready.flowing)
    ready.worked(MUCH, is_all=True)
    ready.worked(LITTLE, is_all=True)
    assert told(ready) == [ready.flow]
