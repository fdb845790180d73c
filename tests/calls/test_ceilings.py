"""What people set of how much the gateway takes holds from the next picture on."""

from __future__ import annotations

import math
from contextlib import ExitStack

import pytest

from aiconnect.calls.breaker import Breakers
from aiconnect.calls.circuit import Settings
from aiconnect.calls.counting import Counting
from aiconnect.calls.meters import Capacity, stream_limit
from aiconnect.calls.snapshot import Ceilings, Snapshot
from aiconnect.errors import CallError


def picture(**asked: object) -> Snapshot:
    return Snapshot(1, ceilings=Ceilings(**asked))  # type: ignore[arg-type]


def taken(capacity: Capacity) -> int:
    """How many calls get a thread at once."""
    with ExitStack() as held:
        for count in range(100):
            try:
                held.enter_context(capacity.thread())
            except CallError:
                return count
    return 100


@pytest.mark.parametrize(("asked", "found"), [(None, 4), (2, 2), (4, 4), (90, 4)])
def test_calls_hold_as_many_threads_as_were_set_and_never_more_than_there_are(
    asked: int | None, found: int
) -> None:
    assert taken(Capacity(4, lambda: Ceilings(calls=asked))) == found


def test_streams_are_refused_beyond_what_was_set() -> None:
    capacity = Capacity(4, lambda: Ceilings(streams=1))
    capacity.enter_stream()
    with pytest.raises(CallError) as refused:
        capacity.enter_stream()
    assert (refused.value.status, refused.value.code) == (503, "no_capacity")
    capacity.leave_stream()
    capacity.enter_stream()


def test_no_more_streams_than_descriptors_allow() -> None:
    assert Capacity(4, lambda: Ceilings(streams=10**9)).most_streams == stream_limit()


def test_a_change_counts_while_calls_are_under_way() -> None:
    asked = [Ceilings(calls=1)]
    capacity = Capacity(4, lambda: asked[0])
    with capacity.thread():
        assert taken(capacity) == 0
        asked[0] = Ceilings()
        assert taken(capacity) == 3


def test_the_breaker_is_switched_while_the_server_runs() -> None:
    breakers = Breakers(lambda: 1000.0)
    breakers.report(1, "m", "provider_auth")
    assert breakers.admit(1, "m") is not None
    assert breakers.look(1).is_troubled
    breakers.switch(is_on=False)
    assert breakers.admit(1, "m") is None
    assert not breakers.look(1).is_troubled
    assert not [one for one in breakers.standings() if one.is_troubled]
    breakers.switch(is_on=None)
    assert breakers.admit(1, "m") is not None


@pytest.mark.parametrize(
    ("made", "asked", "leaves_alone"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_a_picture_switches_the_breaker_or_leaves_it_as_it_was_made(
    made: bool, asked: bool | None, leaves_alone: bool
) -> None:
    counting = Counting(Breakers(lambda: 1000.0, Settings(is_on=made)))
    counting.follow(picture(breaker=asked))
    counting.breakers.report(1, "m", "provider_auth")
    assert (counting.breakers.admit(1, "m") is not None) is leaves_alone


def test_a_call_waits_for_its_turn_as_long_as_was_set() -> None:
    counting = Counting(longest_wait=2.0)
    for asked, found in ((None, 2.0), (0.0, 0.0), (9.0, 9.0), (None, 2.0)):
        counting.follow(picture(longest_wait=asked))
        assert math.isclose(counting.longest_wait, found)
