"""Events are the same however their bytes were cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aiconnect.wire import sse

texts = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), min_size=1, max_size=6
)


@given(texts, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.lists(st.integers(0, 500), max_size=10))
def test_any_cutting_gives_the_same_events(
    parts: list[str], newline: bytes, places: list[int]
) -> None:
    encoded = b"".join(sse.encode(part.encode()) for part in parts).replace(b"\n", newline)
    events = sse.Events()
    edges = sorted({min(place, len(encoded)) for place in places} | {0, len(encoded)})
    taken = [events.take(encoded[a:b]) for a, b in pairwise(edges)]
    found = [sse.data_of(event) for piece in taken for event in sse.split(piece)]
    if events.rest:  # a lone CR at the very end may be the first half of CRLF
        found.append(sse.data_of(events.rest))
    assert [one for one in found if one] == [part.encode() for part in parts if part]


@given(texts)
def test_whole_events_lose_no_byte(parts: list[str]) -> None:
    encoded = b"".join(sse.encode(part.encode()) for part in parts)
    assert b"".join(sse.split(encoded)) == encoded


def test_a_comment_carries_no_data() -> None:
    assert sse.data_of(b": keep-alive\n\n") == b""
