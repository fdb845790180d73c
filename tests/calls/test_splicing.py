"""A body that goes on as it came, but for what has changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.calls.splicing import spliced

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
KEYS = st.sampled_from(["model", "stream", "a", 'm"odel', "messages"]) | st.text()
BODIES = st.dictionaries(KEYS, VALUES).flatmap(
    lambda body: st.text().map(lambda model: {**body, "model": model})
)


@given(BODIES, st.text(), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_it_says_what_is_wanted_or_nothing(
    body: dict[str, Any], model: str, indent: int | str | None, adds: bool
) -> None:
    raw = json.dumps(body, indent=indent, ensure_ascii=adds).encode("utf-8", "surrogatepass")
    body = json.loads(raw.decode("utf-8", "surrogatepass"))
    wanted = {**body, "model": model} | (
        {"stream_options": {"include_usage": True}} if adds else {}
    )
    found = spliced(raw, body, wanted)
    if found is not None:
        assert json.loads(found.decode("utf-8", "surrogatepass")) == wanted


def test_the_rest_is_the_very_same_bytes() -> None:
    raw = b'{"a" : 1.50, "model": "one\\u0041",  "b":[ 1e2 ]}'
    body = json.loads(raw)
    wanted = {**body, "model": "two", "more": True}
    assert spliced(raw, body, wanted) == b'{"more":true,"a" : 1.50, "model": "two",  "b":[ 1e2 ]}'


@pytest.mark.parametrize(
    "raw",
    [
        b'{"model":"m","x":{"model":"m"}}',
        b'{"model":"a","model":"m"}',
        b'{"model":"m","x":"\\"model\\": \\"m\\"", "y": ["model"]}',
        b'{"mod\\u0065l":"m"}',
        b'{"model":"a","mod\\u0065l":"m"}',
        b'{"\\u006D\\u006fdel":"a","model":"m"}',
        b'{"x":{"model":"a"},"\\u006dodel":"m"}',
    ],
)
def test_what_could_be_taken_for_another_is_written_anew(raw: bytes) -> None:
    body = json.loads(raw)
    assert spliced(raw, body, {**body, "model": "n"}) is None


def test_a_field_that_goes_or_changes_is_written_anew() -> None:
    raw = b'{"model":"m","x":1}'
    body = json.loads(raw)
    assert spliced(raw, body, {"model": "n"}) is None
    assert spliced(raw, body, {"model": "n", "x": 2}) is None
