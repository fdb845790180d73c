"""However a call ends, its place is free again: everything here takes one call at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import update

from aiconnect.models import AccessToken, Connection, Person
from aiconnect.services import installation
from tests.fakes.exchange import Signal
from tests.gateway.routed import ANTHROPIC, CALLERS, OPENAI, RESPONSES, Caller, House, Way, house
from tests.gateway.scripted import Wire, wire_to
from tests.running import Answer, until

LIMITS = {"first_byte": 3.0, "silence": 3.0, "total": 5.0, "longest_wait": 0.2, "grace": 2}
WAYS = (Way("down-first", ("down/m", "openai/m")), Way("twice", ("openai/m", "anthropic/m")))
Mood = Callable[[House], object]
modes = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
callers = pytest.mark.parametrize("caller", CALLERS, ids=lambda one: one.name)

HELLO = b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'
MOODS: dict[str, Mood] = {
    "answers": lambda at: None,
    "rejects_stream_options": lambda at: at.fakes["openai"].reject_stream_options(times=1),
    "refuses_key": lambda at: at.fakes["openai"].refuse_key(),
    "asks_to_wait": lambda at: at.fakes["openai"].limit(9),
    "fails": lambda at: at.fakes["openai"].refuse(500, {"error": {"message": "broken"}}),
    "refuses": lambda at: at.fakes["openai"].refuse(400, {"error": {"message": "no"}}),
    "is_no_stream": lambda at: at.fakes["openai"].say(b"hello", content_type="text/html"),
    "says_nothing": lambda at: at.fakes["openai"].say(b""),
    "reports_an_error": lambda at: at.fakes["openai"].say(
        b'data: {"error":{"code":"\\u00b2"}}\n\n'
    ),
    "reports_an_error_late": lambda at: at.fakes["openai"].say(
        HELLO,
        b'data: {"error":{"message":"no","code":"\\u0664\\u0660"}}\n\n',
    ),
    "ends_early": lambda at: at.fakes["openai"].say(HELLO),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("limits"), WAYS, LIMITS) as found:
        with found.instance.session() as session:
            for row in (Connection, AccessToken, Person):
                session.execute(update(row).values(parallel=1))
            installation.bump_revision(session)
            session.commit()
        assert until(lambda: _is_limited(found))
        yield found


def _is_limited(home: House) -> bool:
    home.fakes["openai"].say(HELLO, Signal.SILENCE)
    with call_to(home, "openai/m") as held:
        held.until(b"Hello")
        return home.ask(OPENAI, "good/m", stream=False).status == 429


@pytest.fixture
def at(home: House) -> House:
    home.calm()
    return home


def call_to(at: House, model: str) -> Wire:
    return wire_to(at.server, at.token, model=model, stream=True)


def is_free(at: House) -> bool:
    """Whether each connection, the access token and the person have room for a call."""
    at.calm()
    answers = [at.ask(OPENAI, f"{name}/m", stream=False) for name in ("openai", "anthropic")]
    return [one.status for one in answers] == [200, 200]


@modes
@callers
@pytest.mark.parametrize("mood", MOODS)
def test_a_place_is_free_again(at: House, caller: Caller, mood: str, stream: bool) -> None:
    MOODS[mood](at)
    at.ask(caller, "openai/m", stream=stream)
    assert until(lambda: is_free(at))


@modes
@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("model", ["down-first", "twice"])
def test_places_of_all_steps_are_free_again(at: House, mood: str, model: str, stream: bool) -> None:
    MOODS[mood](at)
    at.ask(OPENAI, model, stream=stream)
    assert until(lambda: is_free(at))


def test_a_second_call_has_no_place(at: House) -> None:
    at.fakes["openai"].say(HELLO, Signal.SILENCE)
    with call_to(at, "openai/m") as held:
        held.until(b"Hello")
        assert at.ask(OPENAI, "openai/m", stream=False).status == 429
    assert until(lambda: is_free(at))


def test_asking_once_more_without_stream_options_takes_no_second_place(at: House) -> None:
    at.fakes["own"].reject_stream_options()
    answer = at.ask(OPENAI, "own/m", stream=True)
    assert (answer.status, OPENAI.text(answer)) == (200, "Hello from the fake.")


@pytest.mark.parametrize(
    "options", [{"include_usage": True, "x": 1}, {"include_usage": True}], ids=["own", "ours"]
)
def test_nobody_ends_the_counting_of_others_by_a_bad_request(
    at: House, options: dict[str, object]
) -> None:
    """It is learnt of a connection only where the same request is answered without them."""
    at.fakes["good"].refuse(400, {"error": {"message": "bad request: stream_options"}})
    assert at.ask(OPENAI, "good/m", stream=True, stream_options=options).status == 400
    at.calm()
    answer = at.ask(OPENAI, "good/m", stream=True)
    at.record(answer.headers["x-request-id"])  # by now all before it is known too
    with at.instance.session() as session:
        good = session.query(Connection).filter_by(name="good").one()
        assert "no_stream_options" not in good.learned


@pytest.mark.parametrize(
    ("caller", "more"),
    [
        (OPENAI, {"n": 2}),
        (OPENAI, {"messages": [{"role": "user", "content": 5}]}),
        (ANTHROPIC, {"max_tokens": -1}),
        (RESPONSES, {"background": True}),
        (RESPONSES, {"tools": [{"type": "web_search"}]}),
    ],
)
@pytest.mark.parametrize("model", ["gemini/m", "openai/m", "twice", "collection/none", "nothing"])
def test_a_call_that_cannot_go_out_takes_no_place(
    at: House, caller: Caller, more: dict[str, object], model: str
) -> None:
    for stream in (False, True):
        at.ask(caller, model, stream=stream, **more)
    assert until(lambda: is_free(at))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/messages/count_tokens", {"messages": [{"role": "user", "content": "Hi"}]}),
        ("/v1/messages/count_tokens", {"messages": 5}),
        ("/v1/embeddings", {"input": "Hi", "stream": True}),
        ("/api/embed", {"input": {}}),
        ("/v1/images/generations", {"prompt": "Hi", "stream": True}),
        ("/v1/moderations", {"input": "Hi"}),
    ],
)
@pytest.mark.parametrize("model", ["gemini/m", "anthropic/m", "openai/m", "ollama/m", "twice"])
def test_other_calls_give_their_place_back(at: House, path: str, body: object, model: str) -> None:
    raw = json.dumps({"model": model, **body}).encode()
    answer: Answer = at.server.ask("POST", path, raw, at.headers)
    assert answer.status != 500, answer.body
    assert until(lambda: is_free(at))
