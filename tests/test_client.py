"""The admin's client: one deadline for a conversation, and probes step by step."""

from __future__ import annotations

import time

import pytest

from aiconnect.adapters.types import Target
from aiconnect.client import Client
from aiconnect.errors import ProviderError
from aiconnect.providers import PROVIDERS
from aiconnect.wire.types import HttpCall, Route, Timeout
from tests.fakes import OpenPolicy
from tests.limits import no_descriptors
from tests.running import SOON

QUICK = Timeout(connect=2, first_byte=0.5, silence=0.5, total=1)


@pytest.fixture
def client() -> Client:
    return Client(OpenPolicy(), patience=QUICK)


def target(rows, slug, url="") -> Target:
    row = rows[slug]
    return Target("one", row, url or row.base_url, None, Route(private=True))


def test_a_call_is_answered_whole(client, ollama_fake):
    reply = client.send(HttpCall("GET", ollama_fake.url + "/api/version"), Route(timeout=QUICK))
    assert (reply.status, b"0.32.4" in reply.body) == (200, True)


def test_a_probe_gives_its_steps_in_turn_and_closes(client, rows, ollama_fake):
    steps = list(client.probe(target(rows, "ollama")))
    assert steps == [("name", "127.0.0.1"), ("connect", "127.0.0.1")]
    assert ollama_fake.requests == []


def test_a_probe_that_is_left_closes_its_connection(client, rows):
    probe = client.probe(target(rows, "ollama"))
    assert next(probe)[0] == "name"
    assert next(probe)[0] == "connect"
    probe.close()


PATIENT = Timeout(connect=2, first_byte=8, silence=8, total=9)


def test_a_conversation_has_one_deadline(rows, lmstudio_fake):
    """Three lists, each in time: together they are too late."""
    lmstudio_fake.lists = set()
    lmstudio_fake.slowly(2)
    begun = time.monotonic()
    with pytest.raises(ProviderError) as failure:
        Client(OpenPolicy(), patience=PATIENT).models(target(rows, "lmstudio"), seconds=1)
    assert time.monotonic() - begun < SOON
    assert failure.value.code in {"silent", "out_of_time"}


@pytest.mark.parametrize(("patience", "seconds"), [(PATIENT, 0.1), (QUICK, 60)])
def test_seconds_shorten_the_patience_and_never_lengthen_it(rows, ollama_fake, patience, seconds):
    ollama_fake.stall()
    begun = time.monotonic()
    with pytest.raises(ProviderError):
        Client(OpenPolicy(), patience=patience).models(target(rows, "ollama"), seconds=seconds)
    assert time.monotonic() - begun < 5


def test_a_listing_says_when_the_first_reply_came(client, rows):
    found = client.models(target(rows, "ollama"))
    assert 0 <= found.first_ms <= found.ms


def test_a_process_without_descriptors_says_so_of_itself(client):
    for ask in (lambda one: list(client.probe(one)), client.models, client.kind):
        with no_descriptors(), pytest.raises(ProviderError) as failure:
            ask(target(PROVIDERS, "ollama"))
        assert failure.value.code == "no_capacity"
