"""A page never calls a provider, so a dead one slows no page."""

from __future__ import annotations

import time

import pytest

from aiconnect.models import Person
from tests.fakes.rows import Fakes
from tests.pages.browse import Browse
from tests.pages.conftest import KEY, Browsers

PAGES = [
    "/", "/connections", "/connections/new", "/connections/1", "/connections/1/edit",
    "/connections/1/key", "/connections/1/remove", "/cloud/openai/new", "/local/ollama/new",
    "/compatible/compatible/new", "/models", "/usage", "/tokens", "/tokens/new", "/account",
    "/help", "/help/programs",
]  # fmt: skip


@pytest.fixture
def hers(browse: Browsers, alice: Person, fakes: Fakes) -> Browse:
    """Alice's browser, beside providers that accept and never answer."""
    for fake in fakes:
        fake.stall()
    one = browse.as_(alice)
    one.get("/cloud/openai/new").press("Save", api_key=KEY)
    one.get("/local/ollama/new").press("Save")
    return one


def test_no_page_calls_a_provider(hers: Browse, fakes: Fakes) -> None:
    for path in PAGES:
        assert hers.get(path).status == 200
    assert not [request for fake in fakes for request in fake.requests]


def test_pages_answer_at_once_beside_dead_providers(hers: Browse) -> None:
    for path in PAGES:
        hers.client.get(path)  # the first time compiles its template
        assert min(_seconds(hers, path) for _ in range(3)) < 1, path


def _seconds(hers: Browse, path: str) -> float:
    begun = time.perf_counter()
    hers.client.get(path)
    return time.perf_counter() - begun
