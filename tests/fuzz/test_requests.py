"""Any request is read and written on, or refused with 400: nothing else ever comes of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.dialects.gemini.counting import count_body
from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.wires import COUNTERS_IN, EMBEDDINGS_IN, EMBEDDINGS_OUT, INBOUND, OUTBOUND
from aiconnect.calls.opaque import form_model, with_form_model
from aiconnect.calls.request import Request, encode, read
from aiconnect.calls.splicing import spliced
from aiconnect.errors import CallError, CannotCarry
from tests.fuzz.bodies import FORM, body
from tests.fuzz.callers import strict
from tests.fuzz.hammering import Budget
from tests.fuzz.wrong import garbled, parts

CARDS = [ModelCard("m"), ModelCard("gemini-3.8-flash", context=1, output_limit=1),
         ModelCard("claude-opus-5", output_limit=64_000), ModelCard("gpt-5")]  # fmt: skip
WIRES = [*INBOUND, *EMBEDDINGS_IN, *COUNTERS_IN]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(parts()[1]) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=25,
)


@contextmanager
def refusals() -> Iterator[None]:
    """CallError (400; 404 for a name that no model can have) and CannotCarry are clean ends."""
    try:
        yield
    except (CallError, CannotCarry) as error:
        _is_told(error)


def _is_told(error: CallError | CannotCarry) -> None:
    assert str(error)
    if not isinstance(error, CannotCarry):
        assert error.status == 400 or error.code == "model_not_found"


def said(wire: str, raw: bytes, card: ModelCard) -> None:
    """Go every way that this request can go."""
    request = read(wire, raw, {})
    assert request.model.isprintable()
    assert request.needs.tokens >= 0
    assert request.reserved_tokens > 0
    for way in _passed, _written:
        with refusals():
            way(request, card)


def _passed(request: Request, card: ModelCard) -> None:
    for table in INBOUND, EMBEDDINGS_IN, COUNTERS_IN:
        if request.wire in table:
            wanted = table[request.wire].prepare(request.body, card.id)
            _sent(wanted)
            raw = spliced(request.raw, request.body, wanted)
            assert raw is None or strict(raw.decode("utf-8", "surrogatepass")) == wanted


def _written(request: Request, card: ModelCard) -> None:
    if request.wire in EMBEDDINGS_IN:
        for wire in EMBEDDINGS_OUT.values():
            written = wire.write(request.embed, card)
            _sent(written.body)
            _named(request.embed.dropped, written.dropped)
        return
    chat = request.chat
    for out in OUTBOUND.values():
        with suppress(CannotCarry):
            written = out.write(chat, card)
            _sent(written.body)
            _named(chat.dropped, written.dropped)
    with suppress(CannotCarry):
        _sent(count_body(chat, card))


def _sent(wanted: Any) -> None:
    """What goes to a provider is JSON, or was refused."""
    strict(encode(wanted).decode())


def _named(*dropped: tuple[str, ...]) -> None:
    assert all(isinstance(one, str) for names in dropped for one in names)


def attempt(wire: str, raw: bytes, card: ModelCard) -> None:
    with refusals():
        said(wire, raw, card)


def test_any_request_is_carried_or_refused(budget: Budget) -> None:
    def one(rng: Random) -> None:
        wire, raw = body(rng)
        attempt(wire, raw, rng.choice(CARDS))

    budget.hammer(0.3, one)


@given(st.sampled_from(WIRES), st.dictionaries(st.sampled_from(parts()[1]), values, max_size=8))
def test_any_object_is_carried_or_refused(wire: str, found: dict[str, Any]) -> None:
    attempt(wire, json.dumps({**found, "model": "m"}).encode(), CARDS[0])


TYPES = ["multipart/form-data; boundary=cut", 'multipart/form-data; boundary="cut"',
         "multipart/form-data", "multipart/form-data; boundary=",
         "multipart/form-data; boundary=\xff",
         "multipart/form-data; boundary=-", 'multipart/form-data; boundary="', ""]  # fmt: skip


def test_any_form_names_a_model_or_is_refused(budget: Budget) -> None:
    def one(rng: Random) -> None:
        raw, kind = garbled(rng, FORM), rng.choice(TYPES)
        with refusals():
            named = form_model(raw, kind)
            again = with_form_model(raw, kind, "other")
            assert len(again) == len(raw) - len(named.encode()) + len(b"other")
            assert form_model(again, kind) == "other"

    budget.hammer(0.03, one)
