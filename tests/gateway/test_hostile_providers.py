"""Providers that answer oddly: callers get what is theirs, and each call has its true record."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.gateway.conftest import KEY, Gate
from tests.gateway.scripted import (
    CHUNKED,
    DONE,
    LAST,
    STREAM,
    Provider,
    call,
    chunk,
    request_id,
    said,
)  # fmt: skip

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = b'{"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}'
LENGTH = b"Content-Length: %d\r\n\r\n" % len(WHOLE)


def answered(gate: Gate, provider: Provider, answer: bytes, *, stream: bool = False) -> bytes:
    """What the caller got, when the provider gave this answer and closed."""
    with call(gate, "Connection: close", stream=stream) as caller:
        talk = provider.called()
        with suppress(ConnectionError):  # the gateway may have heard enough
            talk.send(answer)
        talk.close()
        return caller.rest()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: \xb2\r\n\r\n",
        b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b" folded\r\n\r\n",
        b"X: a\nX-Injected: 1\r\n\r\n",
        b"X: a\x00b\r\n\r\n",
        b"no colon\r\n\r\n",
    ],
)
def test_a_head_that_is_not_http_is_a_502(
    gate: Gate, provider: Provider, head: bytes, stream: bool
) -> None:
    start = STREAM if stream else OK
    answer = answered(gate, provider, start + head, stream=stream)
    assert answer.startswith(b"HTTP/1.1 502"), answer
    record = gate.last_record(request_id(answer))
    assert (record.outcome, record.status) == ("failed", 502)


def test_interim_answers_are_passed_over(gate: Gate, provider: Provider) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3
    answer = answered(gate, provider, hints + OK + LENGTH + WHOLE)
    assert answer.endswith(WHOLE)


def test_interim_answers_without_end_are_a_502(gate: Gate, provider: Provider) -> None:
    with call(gate, stream=True) as caller:
        talk = provider.called()
        talk.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 4_000)
        assert b" 502 " in caller.until(b"\r\n\r\n")


def test_bytes_after_an_answer_are_given_to_nobody(gate: Gate, provider: Provider) -> None:
    with call(gate) as caller:
        talk = provider.called()
        talk.send(OK + LENGTH + WHOLE + OK + LENGTH + WHOLE.replace(b"3", b"4"))
        caller.until(WHOLE)
        assert talk.gone()


@pytest.mark.parametrize("stream", [True, False])
def test_a_header_of_the_providers_writes_none_of_ours(
    gate: Gate, provider: Provider, stream: bool
) -> None:
    odd = b"HTTP/1.1 200 OK\r\nContent-Type: application/json;\x0bx=\x7f\r\n"
    answer = answered(gate, provider, odd + LENGTH + WHOLE, stream=stream)
    status = int(answer[9:12])
    assert gate.last_record(request_id(answer)).status == status


def test_an_error_event_never_quotes_the_key(gate: Gate, provider: Provider) -> None:
    error = b'data: {"error": {"message": "Incorrect API key provided: %s"}}\n\n' % KEY.encode()
    before = answered(gate, provider, STREAM + b"\r\n" + error, stream=True)
    with call(gate, stream=True) as caller:
        talk = provider.called()
        talk.send(CHUNKED + chunk(said("Hello")))
        caller.until(b"Hello")
        talk.send(chunk(error))
        after = caller.rest()
    assert b"Incorrect" in before
    assert b"Incorrect" in after
    assert KEY.encode() not in before + after


def test_what_came_before_an_error_event_is_the_callers(gate: Gate, provider: Provider) -> None:
    with call(gate, stream=True) as caller:
        talk = provider.called()
        talk.send(CHUNKED + chunk(said("Hello")))
        caller.until(b"Hello")
        talk.send(chunk(said("world") + b'data: {"error": {"message": "tired"}}\n\n'))
        rest = caller.rest()
    assert rest.index(b"world") < rest.index(b"tired")


@pytest.mark.parametrize("ending", ["cut", "silence"])
def test_nothing_follows_the_end_mark(gate: Gate, provider: Provider, ending: str) -> None:
    """Some servers never end the body, or break off instead of ending it."""
    with call(gate, stream=True) as caller:
        talk = provider.called()
        talk.send(CHUNKED + chunk(said("Hello") + DONE))
        if ending == "cut":
            talk.close()
        answer = caller.rest()
    assert answer.endswith(chunk(b"data: [DONE]\n\n")[4:] + LAST) or b"[DONE]" in answer
    assert b'"error"' not in answer
    assert gate.last_record(request_id(answer)).outcome == "ok"


@pytest.mark.parametrize("newline", [b"\r\n", b"\r", b"\n"])
def test_any_newline_ends_an_event(gate: Gate, provider: Provider, newline: bytes) -> None:
    events = (said("Hello") + DONE).replace(b"\n", newline)
    answer = answered(gate, provider, STREAM + b"\r\n" + events, stream=True)
    assert answer.endswith(LAST)
    assert b"Hello" in answer
    assert gate.last_record(request_id(answer)).outcome == "ok"


def test_a_stream_without_a_newline_holds_nobody_up(gate: Gate, provider: Provider) -> None:
    answer = answered(gate, provider, STREAM + b"\r\n" + b"x" * (17 * 1024 * 1024), stream=True)
    assert answer.startswith(b"HTTP/1.1 502")


def test_a_stream_that_never_says_anything_is_bounded(gate: Gate, provider: Provider) -> None:
    silence = b": waiting" + b"." * 1_000_000 + b"\n\n"
    answer = answered(gate, provider, STREAM + b"\r\n" + silence * 40, stream=True)
    assert answer.startswith(b"HTTP/1.1 502")


def test_a_compressed_stream_is_refused(gate: Gate, provider: Provider) -> None:
    head = STREAM + b"Content-Encoding: gzip\r\n\r\n"
    answer = answered(gate, provider, head + b"\x1f\x8b\x08\x00\n\n\x00\n\n", stream=True)
    assert answer.startswith(b"HTTP/1.1 502")
