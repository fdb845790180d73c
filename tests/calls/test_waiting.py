"""How long a call waits because a provider has said that nothing is left."""

from __future__ import annotations

from aiconnect.calls.waiting import MOST_MODELS, PATIENCE, Allowances

USED_UP = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "4s"}
LEFT = {"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "4s"}


def test_a_call_waits_until_the_limit_starts_anew():
    allowances = Allowances()
    allowances.note(1, USED_UP, 100.0)
    assert [allowances.wait(1, now) for now in (100.0, 103.0, 104.0, 200.0)] == [4, 1, 0, 0]


def test_nothing_is_waited_for_while_something_is_left():
    allowances = Allowances()
    allowances.note(1, LEFT, 100.0)
    assert allowances.wait(1, 100.0) == 0
    assert allowances.wait(2, 100.0) == 0


def test_the_latest_answer_counts():
    allowances = Allowances()
    allowances.note(1, USED_UP, 100.0)
    allowances.note(1, {"content-type": "application/json"}, 100.5)
    assert allowances.wait(1, 101.0) == 3
    allowances.note(1, LEFT, 101.0)
    assert allowances.wait(1, 101.0) == 0


def test_a_long_wait_is_told_as_it_is():
    allowances = Allowances()
    allowances.note(1, {"retry-after": "600"}, 100.0)
    assert allowances.wait(1, 100.0) > PATIENCE


def test_each_model_has_its_own_limits():
    allowances = Allowances()
    allowances.note(1, USED_UP, 100.0, "a")
    allowances.note(1, LEFT, 101.0, "b")
    assert allowances.wait(1, 101.0, "a") == 3
    assert allowances.wait(1, 101.0, "b") == 0
    found = allowances.look(1)
    assert [one.model_id for one in found] == ["b", "a"]
    assert [one.resets_in(102.0) for one in found] == [3, 2]


def test_what_was_said_can_be_forgotten():
    allowances = Allowances()
    allowances.note(1, USED_UP, 100.0)
    assert allowances.connections() == [1]
    allowances.reset(1)
    assert allowances.look(1) == []
    assert allowances.wait(1, 100.0) == 0


def test_what_was_said_to_another_key_is_forgotten():
    allowances = Allowances()
    allowances.follow({1: "old key", 2: "a key"})
    for connection_id in (1, 2, 3):
        allowances.note(connection_id, USED_UP, 100.0)
    allowances.follow({1: "new key", 2: "a key"})
    assert allowances.connections() == [2]


def test_names_from_callers_do_not_fill_the_memory():
    allowances = Allowances()
    for number in range(MOST_MODELS * 2):
        allowances.note(1, LEFT, 100.0, f"model-{number}")
    assert len(allowances.look(1)) == MOST_MODELS
    assert allowances.look(1)[0].model_id == f"model-{MOST_MODELS * 2 - 1}"
