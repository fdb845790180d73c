"""Answers are read the same however their bytes were cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.wire import http1


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(edges)]


def chunked(parts: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"


@given(
    st.lists(st.binary(min_size=1, max_size=200), max_size=8),
    st.lists(st.integers(0, 2000), max_size=12),
)
def test_any_cutting_of_a_chunked_body_gives_the_same_bytes(
    parts: list[bytes], places: list[int]
) -> None:
    body = http1.ChunkedBody()
    out = b"".join(body.feed(piece) for piece in cut(chunked(parts), places))
    assert out == b"".join(parts)
    assert body.done


def usual_chunks(body: http1.ChunkedBody, wire: bytes) -> tuple[bytes, bytes]:
    """What the chunks carry that go on as they came, and what is left to be read."""
    said, start = b"", 0
    while end := body.usual(wire, start):
        said += wire[wire.index(b"\n", start) + 1 : end - 2]
        start = end
    return said, wire[start:]


CHUNKS = st.binary(min_size=1, max_size=40).map(lambda it: b"%x\r\n%s\r\n" % (len(it), it))


@given(st.lists(st.binary(max_size=40) | st.lists(CHUNKS, max_size=4).map(b"".join)))
def test_what_goes_on_as_it_is_carries_what_would_have_been_read(pieces: list[bytes]) -> None:
    body, fed = http1.ChunkedBody(), http1.ChunkedBody()
    for piece in pieces:
        said, rest = usual_chunks(body, piece)
        try:
            read = fed.feed(piece)
        except http1.Malformed:
            with pytest.raises(http1.Malformed):
                body.feed(rest)
            return
        assert said + body.feed(rest) == read
        assert body.done == fed.done


@pytest.mark.parametrize(
    "wire",
    [b"3\r\nabc", b"3\r\nabcd\r", b"03\r\nabc\r\n", b"+3\r\nabc\r\n", b"3;x\r\nabc\r\n",
     b"0\r\n\r\n", b"3\r\nabcd\n", b"3\r\nabc\r", b""],
)  # fmt: skip
def test_what_is_no_whole_and_usual_chunk_is_read(wire: bytes) -> None:
    assert http1.ChunkedBody().usual(wire, 0) == 0
    assert usual_chunks(http1.ChunkedBody(), b"2\r\nab\r\n" + wire) == (b"ab", wire)


def test_several_chunks_go_on_up_to_the_last() -> None:
    wire = b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
    assert usual_chunks(http1.ChunkedBody(), wire) == (b"abcd", b"0\r\n\r\n")


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = http1.split_head(data)
        if found:
            http1.body_of(found[0]).feed(found[1])
        http1.ChunkedBody().feed(data)
    except http1.Malformed:
        pass


def test_interim_answers_are_skipped() -> None:
    found = http1.split_head(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\nbody"
    )
    assert found is not None
    head, rest = found
    assert (head.status, head.headers["x-a"], rest) == (200, "1, 2", b"body")


def test_an_incomplete_head_asks_for_more() -> None:
    assert http1.split_head(b"HTTP/1.1 200 OK\r\nX-") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
    ],
)
def test_what_is_no_http_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(http1.Malformed):
        http1.split_head(raw)


def test_two_different_lengths_are_refused() -> None:
    head = http1.Head(200, {"content-length": "3, 4"})
    with pytest.raises(http1.Malformed):
        http1.body_of(head)


def test_a_body_cut_short_is_told_from_one_that_ended() -> None:
    body = http1.LengthBody(4)
    body.feed(b"abc")
    with pytest.raises(http1.Cut):
        body.end()
    body.feed(b"d")
    body.end()


def test_a_body_without_length_ends_with_its_connection() -> None:
    body = http1.body_of(http1.Head(200, {}))
    assert body.feed(b"abc") == b"abc"
    assert not body.done
    body.end()
    assert body.done
