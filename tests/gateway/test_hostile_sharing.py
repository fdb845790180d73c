"""What one call leaves behind never reaches another: sockets, descriptors, leftovers."""

from __future__ import annotations

from tests.gateway.conftest import Gate
from tests.gateway.scripted import CHUNKED, DONE, LAST, Provider, call, chunk, said

MEGABYTE = "x" * 1_000_000


def test_a_slow_reader_who_leaves_takes_no_other_stream_along(
    gate: Gate, provider: Provider
) -> None:
    """Its provider's connection has long been carrying another stream."""
    slow = call(gate, stream=True)
    talk = provider.called()
    talk.send(CHUNKED + chunk(said(MEGABYTE * 8)) + chunk(DONE) + LAST)
    slow.until(b"HTTP/1.1 200")
    with call(gate, stream=True) as other:
        talk.request()
        talk.send(CHUNKED + chunk(said("mine")))
        other.until(b"mine")
        slow.reset()
        with call(gate) as third:
            provider.accept().request()
            talk.send(chunk(said("also mine")) + chunk(DONE) + LAST)
            assert b"also mine" in other.until(b"[DONE]")
            assert b"mine" not in third.seen
