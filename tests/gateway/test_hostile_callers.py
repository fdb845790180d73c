"""Callers who send what no client should: nothing breaks, nothing leaks, all is on the record."""

from __future__ import annotations

import json

import pytest

from aiconnect.services import audit, tokens
from tests.fakes.dialects import OpenAI
from tests.gateway.conftest import Gate
from tests.gateway.scripted import call, dial, raw_request
from tests.running import Answer, until

DEEP = 2_000


def post(gate: Gate, body: bytes) -> Answer:
    headers = {"Authorization": f"Bearer {gate.token}"}
    return gate.server.ask("POST", "/v1/chat/completions", body, headers)


def nested(depth: int) -> bytes:
    return b'{"model": "openai/x", "tools": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize("name", [r"openai/\ud800", r"nobody/\udfff", r"openai/a\u0000b"])
def test_a_model_name_that_is_no_text_stops_no_ledger(gate: Gate, name: str, stream: str) -> None:
    answer = post(gate, f'{{"model": "{name}", "messages": [], "stream": {stream}}}'.encode())
    assert gate.last_record(answer.headers["x-request-id"]).status == answer.status
    assert gate.last_record(gate.chat("openai/gpt-x").headers["x-request-id"]).outcome == "ok"


@pytest.mark.parametrize("stream", [True, False])
def test_a_model_name_writes_no_headers(gate: Gate, stream: bool) -> None:
    name = "openai/x\r\nX-Injected: 1"
    with call(gate, "Connection: close", model=name, stream=stream) as caller:
        head = caller.rest().partition(b"\r\n\r\n")[0]
    assert b" 400 " in head
    assert b"\nX-Injected" not in head


@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_that_json_cannot_say_again_is_refused(
    gate: Gate, number: str, stream: str
) -> None:
    body = f'{{"model": "openai/x", "temperature": {number}, "stream": {stream}}}'.encode()
    answer = post(gate, body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_json")
    assert gate.last_record(answer.headers["x-request-id"]).outcome == "refused"


def test_a_body_of_any_depth_is_passed_on_or_refused(gate: Gate, openai: OpenAI) -> None:
    for depth in range(DEEP, 800, -7):
        assert post(gate, nested(depth)).status in {200, 400}


def test_only_text_goes_on_in_headers(gate: Gate, openai: OpenAI) -> None:
    with call(gate, "Accept: a/b\xa0\x85c", "traceparent: 00-\xffab", model="openai/x") as caller:
        caller.until(b"200 OK")
    assert openai.calls()[-1].headers["accept"] == "*/*"


def test_pipelined_requests_are_answered_in_order(gate: Gate, openai: OpenAI) -> None:
    body = json.dumps({"model": "openai/x", "messages": []}).encode()
    wrong = json.dumps({"model": "nobody/x"}).encode()
    with dial(gate) as caller:
        caller.send(
            raw_request(gate, body)
            + raw_request(gate, wrong)
            + raw_request(gate, body, "Connection: close")
        )
        answers = caller.rest()
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


def test_a_revoked_access_token_is_refused_within_a_second(gate: Gate, openai: OpenAI) -> None:
    secret = gate.instance.add_token("short-lived")
    body = {"model": "openai/x", "messages": []}
    assert until(lambda: gate.server.chat(secret, body).status == 200)
    with gate.instance.session() as session:
        tokens.revoke(session, audit.SYSTEM, "short-lived")
    assert until(lambda: gate.server.chat(secret, body).status == 401)


SMUGGLED = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        ("Transfer-Encoding: chunked",),
        ("Content-Length: 5",),
        ("Content-Length : 5",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer_Encoding: chunked",),
        ("X: 1\n Content-Length: 3",),
        (" folded",),
    ],
)
def test_a_request_with_two_readings_is_answered_once(
    gate: Gate, openai: OpenAI, headers: tuple[str, ...]
) -> None:
    with dial(gate) as caller:
        caller.send(raw_request(gate, SMUGGLED, *headers, "Connection: close"))
        answers = caller.rest()
    assert answers.count(b"HTTP/1.1 ") == 1
    assert int(answers[9:12]) in {400, 501}


@pytest.mark.parametrize(
    ("path", "where"),
    [("/v1/chat/completions", "error"), ("/v1/messages", "error"), ("/api/chat", None)],
)
@pytest.mark.parametrize(
    ("header", "status"), [("X: \x7f", 400), ("X: " + "x" * 9000, 431), ("Expect: wonders", 417)]
)
def test_what_is_no_http_is_refused_in_the_callers_words(
    gate: Gate, openai: OpenAI, path: str, where: str | None, header: str, status: int
) -> None:
    with dial(gate) as caller:
        caller.send(f"POST {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
        head, _, body = caller.rest().partition(b"\r\n\r\n")
    assert int(head[9:12]) == status
    told = json.loads(body)
    error = told[where] if where else told
    assert (error["code"], error["help_url"]) == ("bad_request", "/help/errors#bad_request")
    assert isinstance(told["error"], dict if where else str)


@pytest.mark.parametrize("body", [b"zz\r\n\r\n", b"2\r\n{}xx\r\n0\r\n\r\n", b"-1\r\n"])
def test_chunks_that_are_none_are_the_callers_fault(
    gate: Gate, openai: OpenAI, body: bytes
) -> None:
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer {gate.token}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with dial(gate) as caller:
        caller.send(head.encode() + body)
        answer = caller.rest()
    assert b" 400 Bad Request" in answer
    assert b"/help/errors#bad_request" in answer


def test_to_the_head_of_an_error_no_body_is_written(gate: Gate, openai: OpenAI) -> None:
    with dial(gate) as caller:
        caller.send(b"HEAD /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, body = caller.rest().partition(b"\r\n\r\n")
    assert b" 405 " in head
    assert body == b""
    assert "body bytes" not in gate.server.log.read_text()


def test_embeddings_come_whole_though_a_stream_is_asked_for(gate: Gate, openai: OpenAI) -> None:
    body = json.dumps({"model": "openai/x", "input": "one", "stream": True}).encode()
    headers = {"Authorization": f"Bearer {gate.token}"}
    answer = gate.server.ask("POST", "/v1/embeddings", body, headers)
    assert answer.status in {200, 400, 404}


def test_a_chunked_request_goes_through(gate: Gate, openai: OpenAI) -> None:
    body = json.dumps({"model": "openai/x", "messages": []}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer {gate.token}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with dial(gate) as caller:
        caller.send(head.encode() + b"%x;a=b\r\n%s\r\n0\r\nT: 1\r\n\r\n" % (len(body), body))
        assert b"200 OK" in caller.rest()


def test_a_caller_who_waits_for_a_word_before_its_body_gets_it(gate: Gate, openai: OpenAI) -> None:
    body = json.dumps({"model": "openai/x", "messages": []}).encode()
    request = raw_request(gate, body, "Expect: 100-continue")
    with dial(gate) as caller:
        caller.send(request.removesuffix(body))
        caller.until(b"100 Continue\r\n\r\n")
        caller.send(body)
        assert b"200 OK" in caller.rest()
