"""{official clients} x {every dialect} x {whole, stream} x {what a chat can ask}."""

from __future__ import annotations

import json

import pytest

from tests.contract.matrix import table
from tests.contract.matrix.asking import PICTURE, Client
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes

TEXT = "It rained all night: “wörd” \N{UMBRELLA}."
THOUGHT = "Clouds, and then more clouds."
ASKED = {"city": "Oslo", "days": [1, 2]}
VALUE = {"planted_city": "Oslo"}


@pytest.fixture(params=list(table.ROWS))
def dialect(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def fake(dialect: str, fakes: Fakes) -> OpenAI:
    return fakes[table.ROWS[dialect]]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("feature", list(table.FEATURES))
def test_a_client_gets_what_it_asks_for(
    client: Client, dialect: str, fake: OpenAI, feature: str, stream: bool
) -> None:
    _prepare(fake, feature)
    said = client.ask(f"{table.ROWS[dialect]}/m", feature, stream=stream)
    finish = table.FINISH[client.name]
    sent = json.dumps(fake.last.json)
    if feature == "context":
        assert said.status == 400
        assert said.code == ("provider_refused" if client.name != "ollama" else "")
        return
    assert said.status == 200
    assert said.tokens == (20, 7)
    if feature == "tools":
        assert (said.tool, said.finish) == (("get_weather", ASKED), finish["tool_calls"])
        assert "get_weather" in sent
    elif feature == "schema":
        assert json.loads(said.text) == VALUE
        assert "planted_city" in sent
    elif feature == "refusal":
        assert said.text == "I would rather not."
        assert said.finish == finish["content_filter"] or dialect in table.NO_WORD
    else:
        assert (said.text, said.finish) == (TEXT, finish["stop"])
        assert said.thought == (THOUGHT if feature == "thinking" else "")
        assert (PICTURE in sent) is (feature == "image")


def _prepare(fake: OpenAI, feature: str) -> None:
    counts = {"prompt": 20, "completion": 7}
    match feature:
        case "tools":
            fake.answer("", **counts)
            fake.call_tool("get_weather", ASKED)
        case "schema":
            fake.answer(json.dumps(VALUE), **counts)
        case "context":
            fake.too_long()
        case "thinking":
            parts = [TEXT[:9], TEXT[9:]]
            fake.stream(parts, thinking=THOUGHT, **counts)
        case "refusal":
            fake.answer("I would rather not.", finish="content_filter", **counts)
        case _:
            fake.stream([TEXT[:9], TEXT[9:20], TEXT[20:]], **counts)


def test_the_page_about_clients_is_of_this_version() -> None:
    assert table.PAGE.read_text() == table.page(), "python -m tests.contract.matrix.table"
