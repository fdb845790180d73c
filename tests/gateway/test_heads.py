"""Heads that were read before are read as the parser would read them, and never kept whole."""

from __future__ import annotations

from typing import Any

import pytest
from gunicorn import http
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.gateway.heads import MOST, Heads, cut

CFG = Config()
HERE = ("127.0.0.1", 5000)

NAMES = st.sampled_from(
    ["Host", "Accept", "authorization", "X-Api-Key", "Content-Type", "X-Trace", "Content-Length"]
)
VALUES = st.sampled_from(
    ["a", "Bearer aic_1", "Bearer  aic_2 ", "Bearer a b", "", "7", "0", "\t9", "1, 2", "é"]
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
LINES = st.sampled_from(["POST /v1/chat/completions HTTP/1.1", "POST /v1/x HTTP/1.0", "GET /v1/y"])


def head(line: str, fields: list[tuple[str, str]]) -> bytes:
    text = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{line}\r\n{text}\r\n".encode("latin-1")


def parser(sent: bytes) -> Any:
    return http.get_parser(CFG, iter([sent]), HERE)


def parsed(sent: bytes) -> Any | None:
    try:
        return next(parser(sent))
    except (ParseException, StopIteration):
        return None


def facts(request: Any) -> tuple[Any, ...]:
    return (
        request.method, request.uri, request.path, request.query, request.version,
        request.headers, request.scheme, request.peer_addr, request.body.read(),
        request.should_close(),
    )  # fmt: skip


@given(st.lists(st.tuples(LINES, FIELDS), min_size=2, max_size=5), st.binary(max_size=12))
def test_a_known_head_is_what_the_parser_makes_of_it(
    sent: list[tuple[str, list[tuple[str, str]]]], body: bytes
) -> None:
    heads = Heads()
    for line, fields in sent * 2:
        whole = head(line, fields)
        found, expected = cut(whole), parsed(whole + body)
        if found is None:
            continue
        asking = parser(body)
        known = heads.request(found, asking)
        if known is not None:
            assert expected is not None
            assert facts(known) == facts(expected)
        elif expected is not None:
            heads.learn(found, expected)


def test_the_second_time_it_is_known_whoever_calls_and_however_much() -> None:
    heads, fields = Heads(), [("Host", "x"), ("Authorization", "Bearer aic_secret")]
    first = cut(head("POST /v1/x HTTP/1.1", [*fields, ("Content-Length", "3")]))
    assert first is not None
    heads.learn(first, parsed(head("POST /v1/x HTTP/1.1", [*fields, ("Content-Length", "3")])))
    other = head("POST /v1/x HTTP/1.1", [("Host", "x"), ("Authorization", "Bearer aic_other"),
                                         ("Content-Length", "5")])  # fmt: skip
    again = cut(other)
    assert again is not None
    found = heads.request(again, parser(b"hello"))
    assert found is not None
    assert dict(found.headers)["AUTHORIZATION"] == "Bearer aic_other"
    assert found.body.read() == b"hello"


def test_no_access_token_stays() -> None:
    heads = Heads()
    for name in ("Authorization", "x-api-key"):
        sent = head("POST /v1/x HTTP/1.1", [(name, "Bearer aic_secret"), ("Content-Length", "0")])
        found = cut(sent)
        assert found is not None
        heads.learn(found, parsed(sent))
        again = heads.request(found, parser(b""))
        assert again is not None
    kept = [vars(one) for one in heads.known.values()]
    assert "aic_secret" not in f"{list(heads.known)} {kept}"


def test_two_heads_in_one_are_not_taken_apart() -> None:
    """A length that comes twice is refused by the parser, and so is never known."""
    sent = head("POST /v1/x HTTP/1.1", [("Content-Length", "3"), ("Content-Length", "30")])
    assert parsed(sent) is None


@pytest.mark.parametrize(
    "fields",
    [
        [("Transfer-Encoding", "chunked")],
        [("Content-Length", "+3")],
        [("X-Long", "x" * 5000), ("Content-Length", "3")],
    ],
    ids=["no length", "no plain length", "too long"],
)
def test_what_is_not_plain_is_left_to_the_parser(fields: list[tuple[str, str]]) -> None:
    assert cut(head("POST /v1/x HTTP/1.1", fields)) is None


def test_there_is_an_end_to_what_is_kept() -> None:
    heads = Heads()
    for number in range(MOST + 50):
        sent = head(f"POST /v1/{number} HTTP/1.1", [("Content-Length", "0")])
        found = cut(sent)
        assert found is not None
        heads.learn(found, parsed(sent))
    assert len(heads.known) <= MOST


@pytest.mark.parametrize(
    "fields",
    [
        [("Authorization", "Bearer a"), ("X-Api-Key", "aic_secret")],
        [("Authorization", "Bearer  aic_secret")],
        [("Authorization", "Bearer aic_secret and more")],
        [("Cookie", "session=aic_secret")],
        [("x-api-key", "a"), ("Proxy-Authorization", "Basic aic_secret")],
    ],
    ids=["two tokens", "odd spaces", "more words", "cookie", "proxy"],
)
def test_a_secret_beside_the_access_token_is_left_to_the_parser(
    fields: list[tuple[str, str]],
) -> None:
    assert cut(head("POST /v1/x HTTP/1.1", [*fields, ("Content-Length", "3")])) is None
