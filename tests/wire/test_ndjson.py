"""Lines are the same however their bytes were cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.wire import ndjson
from aiconnect.wire.http1 import Malformed

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=6)


@given(objects, st.booleans(), st.booleans(), st.lists(st.integers(0, 300), max_size=10))
def test_any_cutting_gives_the_same_objects(given_, with_cr, with_end, places):
    body = b"".join(ndjson.encode(one) for one in given_)
    if with_cr:
        body = body.replace(b"\n", b"\r\n")
    if not with_end:
        body = body.rstrip(b"\r\n")
    edges = sorted({min(place, len(body)) for place in places} | {0, len(body)})
    lines = ndjson.Lines()
    found = [line for a, b in pairwise(edges) for line in lines.take(body[a:b])] + lines.end()
    assert [ndjson.decode(line) for line in found] == given_


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_objects_or_malformed(body):
    lines = ndjson.Lines()
    for line in lines.take(body) + lines.end():
        try:
            assert isinstance(ndjson.decode(line), dict)
        except Malformed:
            continue


def test_a_line_without_end_is_malformed():
    with pytest.raises(Malformed):
        ndjson.Lines().take(b"x" * (ndjson.MAX_LINE + 1))


def test_a_line_that_is_no_object_is_malformed():
    with pytest.raises(Malformed):
        ndjson.decode(b"[1]")
