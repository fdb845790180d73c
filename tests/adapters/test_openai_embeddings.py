"""OpenAI's embeddings, both ways."""

from __future__ import annotations

import base64
import json
import math
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import Embed, Embedded
from aiconnect.adapters.dialects.openai import OpenAIEmbeddings
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError, CannotCarry
from aiconnect.wire.http1 import Malformed
from tests.adapters.openai_values import CARD, json_values, sample

WIRE = OpenAIEmbeddings()
vectors = st.lists(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=4).map(tuple),
    min_size=1,
    max_size=3,
).map(tuple)


def test_the_published_request_reads_and_writes_as_it_stands() -> None:
    body = sample("openai/embeddings.request.json")
    embed = WIRE.read(body)
    assert embed == Embed("text-embedding-3-small", ("first text", "second text"), 4)
    assert WIRE.write(embed, CARD).body == {
        "model": "m", "input": ["first text", "second text"], "dimensions": 4,
    }  # fmt: skip


def test_the_published_answer_reads_and_writes_as_it_stands() -> None:
    answer = sample("openai/embeddings.response.json")
    embedded = WIRE.embedded(answer)
    assert embedded.usage == Usage(input=4)
    assert WIRE.complete(embedded, Embed("m", ("a", "b"))) == answer


@given(vectors, st.booleans())
def test_vectors_come_back_as_they_went(found: Any, as_base64: bool) -> None:
    embed = Embed("m", ("x",) * len(found), as_base64=as_base64)
    written = json.loads(json.dumps(WIRE.complete(Embedded(found, "m"), embed)))
    assert WIRE.embedded(written).vectors == found


def test_base64_is_little_endian_float32() -> None:
    written = WIRE.complete(Embedded(((1.0, -2.5),)), Embed("m", ("x",), as_base64=True))
    packed = base64.b64decode(written["data"][0]["embedding"])
    assert struct.unpack("<2f", packed) == (1.0, -2.5)


def test_numbers_that_float32_cannot_hold_are_its_largest() -> None:
    written = WIRE.complete(Embedded(((1e300, -1e300),)), Embed("m", ("x",), as_base64=True))
    (low, high) = sorted(WIRE.embedded(written).vectors[0])
    assert low == -high
    assert 3.4e38 < high < 3.5e38


def test_usage_is_read_from_an_answer() -> None:
    assert WIRE.usage({"usage": {"prompt_tokens": 4}}) == Usage(input=4)


def test_vectors_without_an_index_stand_as_they_came() -> None:
    entries = [{"embedding": [1]}, {"embedding": [0]}]
    assert WIRE.embedded({"data": entries}).vectors == ((1.0,), (0.0,))


def test_vectors_are_put_in_the_order_of_their_index() -> None:
    entries = [{"index": 1, "embedding": [1]}, {"index": 0, "embedding": [0]}]
    assert WIRE.embedded({"data": entries}).vectors == ((0.0,), (1.0,))


@pytest.mark.parametrize(
    "body",
    [
        {}, {"input": []}, {"input": {}}, {"input": "a", "encoding_format": "int8"},
        {"input": "a", "dimensions": 0},
    ],
)  # fmt: skip
def test_what_is_no_request_is_the_callers_fault(body: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        WIRE.read(body)


@pytest.mark.parametrize("tokens", [[1, 2], [[1], [2]], ["a", 1]])
def test_token_ids_cannot_be_carried(tokens: list[Any]) -> None:
    with pytest.raises(CannotCarry):
        WIRE.read({"input": tokens})


NAN = base64.b64encode(struct.pack("<f", math.nan)).decode()


@pytest.mark.parametrize(
    "entries",
    [
        [], {}, [1], [{}], [{"embedding": ["x"]}], [{"embedding": [True]}], [{"embedding": "!"}],
        [{"embedding": "AAA="}], [{"embedding": NAN}], [{"embedding": [10**400]}],
        [{"embedding": [math.inf]}], [{"index": 1, "embedding": [1]}], [{"embedding": "\ud800"}],
        [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}],
    ],
)  # fmt: skip
def test_what_holds_no_vectors_is_malformed(entries: Any) -> None:
    with pytest.raises(Malformed):
        WIRE.embedded({"data": entries})


@given(st.dictionaries(st.sampled_from(["input", "dimensions", "encoding_format"]), json_values))
def test_any_body_is_a_request_or_the_callers_fault(body: dict[str, Any]) -> None:
    with suppress(CallError, CannotCarry):
        WIRE.read(body)


entries = st.fixed_dictionaries({}, optional={"index": json_values, "embedding": json_values})


@given(st.fixed_dictionaries({"data": st.lists(entries) | json_values, "usage": json_values}))
def test_any_answer_is_one_or_malformed(answer: dict[str, Any]) -> None:
    with suppress(Malformed):
        WIRE.embedded(answer)


def test_where_it_is_spoken_the_body_goes_through() -> None:
    assert WIRE.prepare({"model": "a/b", "input": [1], "frob": 1}, "b") == {
        "model": "b", "input": [1], "frob": 1,
    }  # fmt: skip
