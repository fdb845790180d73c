"""The order of models in routes and collections: whatever is moved, each keeps one place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiconnect.models import RouteStep
from aiconnect.services import shared

MOVES = st.lists(st.tuples(st.integers(0, 50), st.integers(-3, 60)), max_size=20)


@given(count=st.integers(1, 12), moves=MOVES)
def test_moving_loses_and_doubles_nothing(count: int, moves: list[tuple[int, int]]) -> None:
    steps = [RouteStep(model_id=str(number), position=number) for number in range(count)]
    for which, position in moves:
        one = steps[which % count]
        others = [step for step in steps if step is not one]
        shared.place(steps, one, position)
        assert [step for step in steps if step is not one] == others
        assert one.position == min(max(position, 1), count)
        assert [step.position for step in steps] == list(range(1, count + 1))
