"""Providers that never stop: what is kept of their streams is bounded."""

from __future__ import annotations

import pytest

from aiconnect.adapters.chat import Chat, Message, Text
from aiconnect.adapters.dialects.base import MOST_BYTES, Answering, Translated
from aiconnect.adapters.dialects.held import MOST_HELD
from aiconnect.adapters.wires import INBOUND, OUTBOUND
from aiconnect.wire.http1 import Malformed

PIECE = 4 * 1024 * 1024
ENDLESS = {
    "openai.chat": (
        b'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n',
        b'data: {"choices":[{"index":1,"delta":{"content":"%s"}}]}\n\n' % (b"x" * PIECE),
    ),
    "anthropic.messages": (
        b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}}\n\n',
        b'data: {"type":"content_block_delta","delta":{"text":"%s"}}\n\n' % (b"x" * PIECE),
    ),
}


@pytest.mark.parametrize("wire", ENDLESS)
def test_a_stream_that_goes_on_after_its_end_is_cut(wire: str) -> None:
    first, more = ENDLESS[wire]
    stream = INBOUND[wire].passing({"model": "m", "stream": True})
    stream.feed(first)
    for _ in range(MOST_HELD // PIECE - 1):
        assert stream.feed(more) == b""
    with pytest.raises(Malformed):
        stream.feed(more)


def test_a_translated_stream_without_end_is_cut() -> None:
    chat = Chat("m", (Message("user", (Text("Hi"),)),), is_stream=True)
    writer = INBOUND["openai.responses"].writer(Answering("01", "m", 1, chat, lambda: 1))
    stream = Translated(OUTBOUND["openai.chat"].reader(), writer)
    comment = b":%s\n\n" % (b"x" * (PIECE - 3))
    for _ in range(MOST_BYTES // PIECE):
        assert stream.feed(comment) == b""
    with pytest.raises(Malformed):
        stream.feed(comment)
