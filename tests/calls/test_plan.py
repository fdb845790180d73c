"""Which connection a model's name leads to, and for whom."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from aiconnect.adapters.types import Target
from aiconnect.calls.admission import admit
from aiconnect.calls.plan import find, plan
from aiconnect.calls.snapshot import Caller, Opened, Served, Snapshot
from aiconnect.errors import CallError
from aiconnect.providers import PROVIDERS

ANNA = Caller(1, "editor", 1, "anna@example.org")


def opened(number: int, name: str, **more: Any) -> Opened:
    return Opened(number, name, Target(name, PROVIDERS["compatible"], "http://x/v1"), **more)


def snapshot(*served: tuple[str, str], **connections: Opened) -> Snapshot:
    models = tuple(Served(connections[c].id, c, m) for c, m in served)
    digest = sha256(b"aic_known").digest()
    return Snapshot.of(1, {digest: ANNA}, connections, models)


def test_connection_and_id_name_a_model_exactly() -> None:
    picture = snapshot(("a", "m"), ("b", "m"), a=opened(1, "a"), b=opened(2, "b"))
    found = find(picture, ANNA, "b/m")
    assert found is not None
    assert found.name == "b/m"


def test_a_bare_id_leads_to_the_first_in_the_teams_order() -> None:
    picture = snapshot(("b", "m"), ("a", "m"), a=opened(1, "a"), b=opened(2, "b"))
    assert plan(picture, ANNA, "m").name == "b/m"


def test_a_bare_id_passes_over_a_connection_that_is_off() -> None:
    off = opened(1, "a", enabled=False)
    picture = snapshot(("a", "m"), ("b", "m"), a=off, b=opened(2, "b"))
    assert plan(picture, ANNA, "m").name == "b/m"


def test_an_id_with_slashes_is_found_bare_and_under_its_connection() -> None:
    picture = snapshot(("a", "meta/llama"), a=opened(1, "a"))
    assert plan(picture, ANNA, "meta/llama").name == "a/meta/llama"
    assert plan(picture, ANNA, "a/meta/llama").name == "a/meta/llama"


def test_a_bare_ollama_name_means_latest() -> None:
    picture = snapshot(("o", "llama3:latest"), o=opened(1, "o"))
    assert plan(picture, ANNA, "llama3").model_id == "llama3:latest"
    assert plan(picture, ANNA, "o/llama3").model_id == "llama3:latest"


def test_a_connection_never_listed_takes_any_id() -> None:
    picture = snapshot(a=opened(1, "a", any_model=True))
    assert plan(picture, ANNA, "a/whatever/it-is").model_id == "whatever/it-is"
    with pytest.raises(CallError, match="No model"):
        plan(picture, ANNA, "a/")


@pytest.mark.parametrize(
    ("more", "code"), [({"enabled": False}, "connection_off"), ({"broken": True}, "provider_auth")]
)
def test_a_connection_that_cannot_be_used_says_why(more: dict[str, bool], code: str) -> None:
    picture = snapshot(("a", "m"), a=opened(1, "a", **more))
    with pytest.raises(CallError) as raised:
        plan(picture, ANNA, "a/m")
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("patterns", "allowed"),
    [
        ((), True),
        (("a/*",), True),
        (("m",), True),
        (("m*",), True),
        (("b/*",), False),
        (("n",), False),
    ],
)
def test_an_access_token_may_be_limited_to_models(patterns: tuple[str, ...], allowed: bool) -> None:
    caller = Caller(1, "editor", 1, "anna@example.org", patterns=patterns)
    picture = snapshot(("a", "m"), a=opened(1, "a"))
    if allowed:
        assert plan(picture, caller, "m").name == "a/m"
        return
    with pytest.raises(CallError) as raised:
        plan(picture, caller, "m")
    assert (raised.value.code, raised.value.status) == ("model_not_allowed", 403)


@pytest.mark.parametrize("header", ["Bearer aic_known", "bearer aic_known", "Bearer  aic_known "])
def test_a_known_access_token_is_admitted(header: str) -> None:
    assert admit(snapshot(), header, None) is ANNA
    assert admit(snapshot(), None, "aic_known") is ANNA


@pytest.mark.parametrize(
    "header", [None, "", "Basic eDp5", "Bearer ", "Bearer aic_other", "Bearer é\udcff"]
)
def test_any_other_header_is_refused(header: str | None) -> None:
    with pytest.raises(CallError) as raised:
        admit(snapshot(), header, None)
    assert raised.value.status == 401


def test_an_expired_access_token_is_refused() -> None:
    caller = Caller(1, "editor", 1, "anna@example.org", expires_at=1.0)
    picture = Snapshot.of(1, {sha256(b"aic_old").digest(): caller}, {}, ())
    with pytest.raises(CallError):
        admit(picture, "Bearer aic_old", None)


BEN = Caller(2, "script", 2, "ben@example.org")


def test_a_personal_connection_serves_its_owner_alone() -> None:
    picture = snapshot(("mine", "m"), mine=opened(1, "mine", owner_id=ANNA.person_id))
    assert plan(picture, ANNA, "mine/m").name == "mine/m"
    assert plan(picture, ANNA, "m").name == "mine/m"
    for name in ("mine/m", "m"):
        with pytest.raises(CallError) as refusal:
            plan(picture, BEN, name)
        assert refusal.value.code == "model_not_found"


def test_someone_elses_personal_connection_does_not_stand_before_the_teams() -> None:
    picture = snapshot(
        ("mine", "m"), ("team", "m"),
        mine=opened(1, "mine", owner_id=ANNA.person_id), team=opened(2, "team"),
    )  # fmt: skip
    assert plan(picture, ANNA, "m").name == "mine/m"
    assert plan(picture, BEN, "m").name == "team/m"


def test_an_unlisted_personal_connection_takes_no_strangers_calls() -> None:
    picture = snapshot(mine=opened(1, "mine", any_model=True, owner_id=ANNA.person_id))
    assert find(picture, ANNA, "mine/x") is not None
    assert find(picture, BEN, "mine/x") is None


def test_patterns_hold_for_models_that_nobody_has_listed() -> None:
    picture = snapshot(a=opened(1, "a", any_model=True, allowed=("gpt-*",)))
    assert find(picture, ANNA, "a/gpt-5") is not None
    assert find(picture, ANNA, "a/o3") is None
