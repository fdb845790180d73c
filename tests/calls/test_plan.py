"""Which connection a model's name leads to, and for whom."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from aiconnect.adapters.types import ModelCard, Target
from aiconnect.calls.admission import admit
from aiconnect.calls.plan import Attempt, Needs, Plan, find, plan
from aiconnect.calls.snapshot import Caller, Opened, Routed, Served, Snapshot, Step
from aiconnect.errors import CallError
from aiconnect.providers import PROVIDERS

ANNA = Caller(1, "editor", 1, "anna@example.org")


def opened(number: int, name: str, **more: Any) -> Opened:
    return Opened(number, name, Target(name, PROVIDERS["compatible"], "http://x/v1"), **more)


def snapshot(*served: tuple[str, str], **connections: Opened) -> Snapshot:
    models = tuple(Served(connections[c].id, c, m) for c, m in served)
    digest = sha256(b"aic_known").digest()
    return Snapshot.of(1, {digest: ANNA}, connections, models)


def first(picture: Snapshot, caller: Caller, name: str) -> Attempt:
    return plan(picture, caller, name).attempts[0]


def names(found: Plan) -> list[str]:
    return [attempt.name for attempt in found.attempts]


def why(found: Plan) -> dict[str, str]:
    return {one.name: one.why for one in found.skipped}


def test_connection_and_id_name_a_model_exactly() -> None:
    picture = snapshot(("a", "m"), ("b", "m"), a=opened(1, "a"), b=opened(2, "b"))
    found = find(picture, ANNA, "b/m")
    assert found is not None
    assert found.name == "b/m"


def test_a_bare_id_leads_to_the_first_in_the_teams_order() -> None:
    picture = snapshot(("b", "m"), ("a", "m"), a=opened(1, "a"), b=opened(2, "b"))
    assert first(picture, ANNA, "m").name == "b/m"


def test_a_bare_id_passes_over_a_connection_that_is_off() -> None:
    off = opened(1, "a", enabled=False)
    picture = snapshot(("a", "m"), ("b", "m"), a=off, b=opened(2, "b"))
    assert first(picture, ANNA, "m").name == "b/m"


def test_an_id_with_slashes_is_found_bare_and_under_its_connection() -> None:
    picture = snapshot(("a", "meta/llama"), a=opened(1, "a"))
    assert first(picture, ANNA, "meta/llama").name == "a/meta/llama"
    assert first(picture, ANNA, "a/meta/llama").name == "a/meta/llama"


def test_a_bare_ollama_name_means_latest() -> None:
    picture = snapshot(("o", "llama3:latest"), o=opened(1, "o"))
    assert first(picture, ANNA, "llama3").model_id == "llama3:latest"
    assert first(picture, ANNA, "o/llama3").model_id == "llama3:latest"


def test_a_connection_never_listed_takes_any_id() -> None:
    picture = snapshot(a=opened(1, "a", any_model=True))
    assert first(picture, ANNA, "a/whatever/it-is").model_id == "whatever/it-is"
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
        assert first(picture, caller, "m").name == "a/m"
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
    assert first(picture, ANNA, "mine/m").name == "mine/m"
    assert first(picture, ANNA, "m").name == "mine/m"
    for name in ("mine/m", "m"):
        with pytest.raises(CallError) as refusal:
            plan(picture, BEN, name)
        assert refusal.value.code == "model_not_found"


def test_someone_elses_personal_connection_does_not_stand_before_the_teams() -> None:
    picture = snapshot(
        ("mine", "m"), ("team", "m"),
        mine=opened(1, "mine", owner_id=ANNA.person_id), team=opened(2, "team"),
    )  # fmt: skip
    assert first(picture, ANNA, "m").name == "mine/m"
    assert first(picture, BEN, "m").name == "team/m"


def test_an_unlisted_personal_connection_takes_no_strangers_calls() -> None:
    picture = snapshot(mine=opened(1, "mine", any_model=True, owner_id=ANNA.person_id))
    assert find(picture, ANNA, "mine/x") is not None
    assert find(picture, BEN, "mine/x") is None


def test_patterns_hold_for_models_that_nobody_has_listed() -> None:
    picture = snapshot(a=opened(1, "a", any_model=True, allowed=("gpt-*",)))
    assert find(picture, ANNA, "a/gpt-5") is not None
    assert find(picture, ANNA, "a/o3") is None


# --- several attempts ----------------------------------------------------------------------------


def cards(**known: ModelCard) -> Snapshot:
    """One connection per card, named by it; the collection `all` has them in this order."""
    connections = {name: opened(at, name) for at, name in enumerate(known, 1)}
    served = tuple(
        Served(connections[name].id, name, card.id, card.type, card=card)
        for name, card in known.items()
    )
    steps = tuple(Step(name, card.id) for name, card in known.items())
    everything = {"all": Routed("collection/all", steps)}
    return Snapshot.of(1, {}, connections, served, collections=everything)


def route(*steps: Step, **connections: Opened) -> Snapshot:
    served = tuple(Served(one.id, one.name, "m") for one in connections.values())
    return Snapshot.of(1, {}, connections, served, routes={"writer": Routed("writer", steps, 60)})


def test_a_bare_id_falls_back_in_the_teams_order() -> None:
    picture = snapshot(
        ("b", "m"), ("a", "m"), ("c", "m"), a=opened(1, "a"), b=opened(2, "b"), c=opened(3, "c")
    )
    assert names(plan(picture, ANNA, "m")) == ["b/m", "a/m", "c/m"]
    assert names(plan(picture, ANNA, "a/m")) == ["a/m"], "a whole name means that one alone"


def test_a_route_comes_before_everything_else_of_its_name() -> None:
    picture = route(Step("b", "m", 5.0, 2), Step("a", "m"), a=opened(1, "a"), b=opened(2, "b"))
    found = plan(picture, ANNA, "writer")
    assert names(found) == ["b/m", "a/m"]
    assert (found.attempts[0].first_byte, found.attempts[0].retries) == (5.0, 2)
    assert found.total == 60
    hiding = replace(picture, routes={"a/m": Routed("a/m", (Step("b", "m"),))})
    assert names(plan(hiding, ANNA, "a/m")) == ["b/m"]


def test_a_collection_is_called_by_its_name() -> None:
    picture = cards(a=ModelCard("x"), b=ModelCard("y"))
    assert names(plan(picture, ANNA, "collection/all")) == ["a/x", "b/y"]
    with pytest.raises(CallError) as raised:
        plan(picture, ANNA, "collection/none")
    assert raised.value.code == "model_not_found"


def test_steps_that_cannot_be_used_are_left_out_and_said() -> None:
    steps = [Step(name, "m") for name in ("off", "broken", "gone", "hers", "good")]
    picture = route(
        *steps, off=opened(1, "off", enabled=False), broken=opened(2, "broken", broken=True),
        hers=opened(3, "hers", owner_id=99), good=opened(4, "good"),
    )  # fmt: skip
    found = plan(picture, ANNA, "writer")
    assert names(found) == ["good/m"]
    assert why(found) == {
        "off/m": "off", "broken/m": "key_unreadable", "gone/m": "not_served",
        "hers/m": "not_served",
    }  # fmt: skip


def test_a_route_of_which_nothing_is_left_says_why() -> None:
    picture = route(Step("off", "m"), off=opened(1, "off", enabled=False))
    with pytest.raises(CallError) as raised:
        plan(picture, ANNA, "writer")
    assert (raised.value.code, raised.value.facts["connection"]) == ("connection_off", "off")


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        (Needs("chat", tools=True), "no_tools"),
        (Needs("chat", pictures=True), "no_pictures"),
        (Needs("chat", tokens=5000), "too_long"),
    ],
)
def test_models_that_cannot_do_it_are_passed_over(needs: Needs, reason: str) -> None:
    small = ModelCard("small", context=4096, capabilities=("reasoning",))
    large = ModelCard("large", context=100_000, capabilities=("tools", "vision"))
    found = plan(cards(a=small, b=large), ANNA, "collection/all", needs)
    assert names(found) == ["b/large"]
    assert why(found) == {"a/small": reason}


def test_where_no_card_says_that_it_can_the_providers_are_asked() -> None:
    small = ModelCard("small", capabilities=("reasoning",))
    found = plan(cards(a=small), ANNA, "collection/all", Needs("chat", tools=True))
    assert names(found) == ["a/small"]


def test_a_model_that_states_nothing_is_taken_at_its_word() -> None:
    found = plan(cards(a=ModelCard("x")), ANNA, "collection/all", Needs("chat", True, True, 10**6))
    assert names(found) == ["a/x"]


def test_vectors_of_two_models_are_never_mixed() -> None:
    embedding = {"type": "embedding"}
    picture = cards(
        a=ModelCard("e1", **embedding), b=ModelCard("e2", **embedding),
        c=ModelCard("e1", **embedding), d=ModelCard("chatty"),
    )  # fmt: skip
    found = plan(picture, ANNA, "collection/all", Needs("embedding"))
    assert names(found) == ["a/e1", "c/e1"]
    assert why(found) == {"b/e2": "other_model", "d/chatty": "other_model"}


def test_a_chat_is_not_sent_to_a_model_for_embeddings() -> None:
    picture = cards(a=ModelCard("e", type="embedding"), b=ModelCard("chatty"))
    assert names(plan(picture, ANNA, "collection/all", Needs("chat"))) == ["b/chatty"]


def test_a_token_limited_to_collections_may_use_their_models_alone() -> None:
    picture = cards(a=ModelCard("x"), b=ModelCard("y"))
    caller = replace(ANNA, names=frozenset({"b/y"}))
    found = plan(picture, caller, "collection/all")
    assert (names(found), why(found)) == (["b/y"], {"a/x": "not_allowed"})
    with pytest.raises(CallError) as raised:
        plan(picture, caller, "x")
    assert raised.value.code == "model_not_allowed"


def test_a_route_is_shown_by_the_first_step_that_is_allowed_and_served() -> None:
    """Neither by one that only others may call, nor because of one."""
    connections = {"a": opened(1, "a"), "b": opened(2, "b"), "own": opened(3, "own", owner_id=9)}
    picture = replace(
        snapshot(("a", "m"), ("b", "m"), ("own", "m"), **connections),
        routes={
            "both": Routed("both", (Step("a", "m"), Step("b", "m"))),
            "theirs": Routed("theirs", (Step("own", "m"), Step("a", "m"))),
        },
    )
    caller = replace(ANNA, patterns=("b/*", "own/*"))
    found = find(picture, caller, "both")
    assert found is not None
    assert (found.name, find(picture, caller, "theirs")) == ("b/m", None)
