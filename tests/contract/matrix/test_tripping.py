"""A tool's way through two turns of each official client, to each wire, in that wire's words."""

from __future__ import annotations

from collections.abc import Callable

import anthropic
import ollama
import openai
import pytest

from tests.contract.matrix import tripping
from tests.contract.matrix.conftest import Host
from tests.contract.trips import trip_in

ASKED = {"city": "Oslo", "days": [1, 2]}
Walk = Callable[..., str]


@pytest.fixture(params=["chats", "responses", "messages", "ollama"])
def walk(
    request: pytest.FixtureRequest,
    openai_client: openai.OpenAI,
    anthropic_client: anthropic.Anthropic,
    ollama_client: ollama.Client,
) -> Walk:
    """Both turns, by one client."""
    clients = {
        "chats": openai_client,
        "responses": openai_client,
        "messages": anthropic_client,
        "ollama": ollama_client,
    }
    by = getattr(tripping, f"by_{request.param}")
    return lambda *args, **more: by(clients[request.param], *args, **more)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_tool_is_called_and_answered(walk: Walk, host: Host, stream: bool) -> None:
    host.fake.call_tool("get_weather", ASKED)

    def then() -> None:
        host.fake.calm()
        host.fake.answer("Take an umbrella.")

    assert walk(host.model, then, stream=stream) == "Take an umbrella."
    trip = trip_in(host.fake.last)
    assert trip.declared == [trip.called] == ["get_weather"]
    assert (trip.arguments, trip.result) == (ASKED, tripping.RESULT)
    assert trip.call_id == trip.result_id
