"""A secret does not print, whoever tries."""

import copy
import json
import logging
import pickle
from dataclasses import dataclass

import pytest

from aiconnect.secret import Secret

KEY = "sk-1234567890abcdef"


@dataclass
class Holder:
    secret: Secret


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(KEY)), str(Secret(KEY)), f"{Secret(KEY)}", f"{Secret(KEY):>40}",
        f"{Secret(KEY)!r}", repr([Secret(KEY)]),
        repr({"key": Secret(KEY)}), repr(Holder(Secret(KEY))), str(ValueError(Secret(KEY))),
    ],
    ids=range(9),
)  # fmt: skip
def test_no_way_of_printing_shows_it(shown: str) -> None:
    assert KEY not in shown


def test_a_log_line_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("key %s", Secret(KEY), extra={"key": Secret(KEY)})
    assert KEY not in caplog.text


def test_it_is_revealed_on_purpose_only() -> None:
    assert Secret(KEY).reveal() == KEY


@pytest.mark.parametrize(
    "take_away", [pickle.dumps, json.dumps, copy.deepcopy], ids=["pickle", "json", "copy"]
)
def test_it_is_not_carried_away(take_away) -> None:
    with pytest.raises(TypeError):
        take_away(Secret(KEY))


@pytest.mark.parametrize(
    ("value", "shown"), [("", ""), ("short", ""), ("x" * 7 + "abcd", ""), (KEY, "cdef")]
)
def test_its_end_is_shown_where_that_says_little(value: str, shown: str) -> None:
    assert Secret(value).last4 == shown


def test_it_equals_its_like_and_nothing_else() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret(KEY[:-1])
    assert Secret(KEY) != KEY


def test_an_empty_one_is_false() -> None:
    assert not Secret("")
    assert Secret(" ")
