"""Which models of a connection are on: by hand, by an allow-list, hidden one by one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.calls.snapshot import is_allowed
from aiconnect.errors import NotFound, Refused
from aiconnect.models import Connection, ModelChange, ServedModel
from aiconnect.services import catalog, connections, installation
from aiconnect.services.audit import COMMAND_LINE, SYSTEM
from aiconnect.services.connections import allowing
from aiconnect.services.writing import writing
from tests.services.team import Team


def listing(session: Session, connection: Connection, *ids: str) -> catalog.Refresh:
    """The provider lists exactly these."""
    with writing(session):
        cards = [ModelCard(one) for one in ids]
        return catalog.store_models(session, connection, cards, clock.now())


def found(session: Session, state: str = "") -> list[str]:
    page = catalog.page(session, COMMAND_LINE, state=state)
    assert all(catalog.available(model)[1] == state for model in page.items if state in REASONS)
    return [model.model_id for model in page.items]


REASONS = catalog.REASONS

# --- by hand ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [("a,b",), ("a\nb",), ("a\r\nb",), (" a ,, ", "b"), ("a", "b,a")])
def test_models_by_hand_are_set_apart_by_commas_and_lines(
    team: Team, typed: tuple[str, ...]
) -> None:
    made = team.add(models=typed)
    assert connections.entered_models(team.session, made) == ["a", "b"]
    team.edit(made, models=("c,d\ne",))
    assert connections.entered_models(team.session, made) == ["c", "d", "e"]


@pytest.mark.parametrize(
    "typed", [("x" * 301,), ("a\x00b",), ("a\x1bb",), (",".join(map(str, range(1001))),)]
)
@pytest.mark.on_sqlite
def test_some_names_of_models_are_refused(team: Team, typed: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        team.add(models=typed)
    assert refused.value.field == "models"


def test_a_hidden_model_is_on_again_when_it_is_entered_by_hand(
    session: Session, team: Team
) -> None:
    made = team.add()
    listing(session, made, "a", "b")
    catalog.hide_all(session, SYSTEM, made.id)
    team.edit(made, models=("a",))
    assert (found(session, "available"), found(session, "hidden")) == (["a"], ["b"])


# --- patterns ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "fits", "not_these"),
    [
        ("gpt-4o", ["gpt-4o"], ["gpt-4o-mini", "GPT-4o"]),
        ("gpt-*", ["gpt-4o", "gpt-"], ["chatgpt-4o", "GPT-4o"]),
        ("*/llama-?", ["meta/llama-3"], ["llama-3", "meta/llama-33"]),
        ("a[bc]*", ["abx", "ac", "a[bc]*"], ["ad"]),
        ("a[!b]", ["ac"], ["ab"]),
        ("50%_", ["50%_"], ["50%x", "500_"]),
        ("a.c", ["a.c"], ["abc"]),
        ("[x", ["[x"], ["x"]),
        ("a[z-a]", [], ["a", "aa", "az"]),
        ("a[!z-a]", ["aa"], ["a"]),
        ("[]\\é?!-!*", [], ["é"]),
        ("[][\\-]b", ["[b", "]b", "\\b", "-b"], ["b"]),
        ("modèle-*", ["modèle-1"], ["modele-1"]),
    ],
)  # fmt: skip
def test_a_pattern_means_the_same_to_the_gateway_and_to_the_database(
    session: Session, team: Team, pattern: str, fits: list[str], not_these: list[str]
) -> None:
    made = team.edit(team.add(), allowed=(pattern,))
    listing(session, made, *fits, *not_these)
    assert sorted(found(session, "available")) == sorted(fits)
    assert sorted(found(session, "not_allowed")) == sorted(not_these)
    for model_id in fits + not_these:
        assert is_allowed(made.allowed, model_id) is (model_id in fits)


def test_a_pattern_of_many_stars_keeps_nobody_waiting(session: Session, team: Team) -> None:
    made = team.edit(team.add(), allowed=("*a" * 149 + "*b",))
    listing(session, made, "a" * 300, "a" * 299 + "b")
    begun = time.monotonic()
    assert found(session, "available") == ["a" * 299 + "b"]
    assert time.monotonic() - begun < 20


LETTERS = st.text("ab*?[]!^-\\.é", max_size=8)


@given(pattern=LETTERS, name=LETTERS)
def test_the_expression_of_a_pattern_fits_what_the_pattern_fits(pattern: str, name: str) -> None:
    expected = is_allowed([pattern], name) and name != pattern
    fits = re.search(allowing.expression(pattern), name) is not None
    assert fits == expected or name == pattern


def test_without_patterns_every_model_is_allowed(session: Session, team: Team) -> None:
    made = team.edit(team.add(models=("a",)), allowed=("b",))
    assert found(session, "available") == []
    team.edit(made, allowed=("",))
    assert (made.allowed, found(session, "available")) == ([], ["a"])


def test_patterns_are_kept_once_and_without_blanks(team: Team) -> None:
    made = team.edit(team.add(), allowed=(" a*, b ", "a*\n\nc"))
    assert made.allowed == ["a*", "b", "c"]


@pytest.mark.on_sqlite
@pytest.mark.parametrize("typed", [("x" * 301,), ("a\x00",), (",".join(map(str, range(201))),)])
def test_some_patterns_are_refused(team: Team, typed: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        team.edit(team.add(), allowed=typed)
    assert refused.value.field == "allowed"


# --- hidden -----------------------------------------------------------------------------------


def test_models_are_hidden_and_shown_one_by_one_and_all(session: Session, team: Team) -> None:
    made, other = team.add(), team.add(models=("z",))
    listing(session, made, "a", "b", "c")
    assert catalog.hide(session, SYSTEM, made.id, ["a", "b", "a"]) == 2
    assert catalog.hide(session, SYSTEM, made.id, ["b"]) == 0
    assert found(session, "available") == ["c", "z"]
    assert catalog.hide_all(session, SYSTEM, made.id) == 1
    assert catalog.show(session, SYSTEM, made.id, ["b"]) == 1
    assert found(session, "available") == ["b", "z"]
    assert catalog.show_all(session, SYSTEM, made.id) == 2
    assert found(session, "hidden") == []
    assert other.id != made.id


@pytest.mark.parametrize("unknown", ["nosuch", "z", "a\x00", "x" * 400, ""])
def test_of_models_that_are_not_there_none_is_switched(
    session: Session, team: Team, unknown: str
) -> None:
    made, _ = team.add(models=("a",)), team.add(models=("z",))
    with pytest.raises(NotFound):
        catalog.hide(session, SYSTEM, made.id, ["a", unknown])
    assert found(session, "hidden") == []


def test_only_a_change_is_counted_for_the_gateway(session: Session, team: Team) -> None:
    made = team.add(models=("a",))
    before = installation.revision(session)
    catalog.show(session, SYSTEM, made.id, ["a"])
    catalog.hide(session, SYSTEM, made.id, [])
    assert installation.revision(session) == before
    catalog.hide(session, SYSTEM, made.id, ["a"])
    assert installation.revision(session) == before + 1


def test_a_listing_leaves_hidden_what_is_hidden(session: Session, team: Team) -> None:
    made = team.add()
    listing(session, made, "a", "b")
    catalog.hide(session, SYSTEM, made.id, ["a"])
    for listed in (["b"], ["a", "b", "c"]):
        listing(session, made, *listed)
    assert (found(session, "hidden"), found(session, "available")) == (["a"], ["b", "c"])


def test_models_found_later_are_off_where_that_was_asked_for(session: Session, team: Team) -> None:
    made = team.add(models=("by-hand",))
    listing(session, made, "a")
    team.edit(made, hides_new=True)
    listing(session, made, "a", "b", "by-hand")
    assert (found(session, "available"), found(session, "hidden")) == (["a", "by-hand"], ["b"])


# --- what listings found ----------------------------------------------------------------------


def changes(session: Session) -> list[tuple[str, str]]:
    rows = select(ModelChange).order_by(ModelChange.id)
    return [(change.what, change.model_id) for change in session.scalars(rows)]


def test_what_is_new_and_gone_is_written_down_but_for_the_first_listing(
    session: Session, team: Team
) -> None:
    made = team.add(models=("by-hand",))
    listing(session, made, "b", "a")
    assert changes(session) == []
    told = listing(session, made, "a", "d", "c")
    assert (told.found, told.added, told.gone) == (3, 2, 1)
    listing(session, made, "a", "d", "c")
    assert changes(session) == [("added", "c"), ("added", "d"), ("gone", "b")]
    latest = catalog.changes(session, COMMAND_LINE, made.id, limit=2)
    assert [(one.model_id, one.connection.name) for one in latest] == [
        ("b", "compatible"), ("d", "compatible"),
    ]  # fmt: skip


def test_a_model_that_is_gone_says_since_when_until_it_is_back(
    session: Session, team: Team
) -> None:
    made = team.add()
    listing(session, made, "a", "b")
    listing(session, made, "b")
    (gone,) = catalog.page(session, COMMAND_LINE, state="not_listed").items
    assert (gone.model_id, gone.gone_at, gone.loaded) == ("a", made.listed_at, None)
    assert catalog.available(gone) == (False, "not_listed")
    listing(session, made, "a", "b")
    assert (gone.gone_at, gone.listed) == (None, True)


def test_a_listing_that_says_the_same_counts_as_no_change(session: Session, team: Team) -> None:
    made = team.add()
    listing(session, made, "a")
    before = installation.revision(session)
    listing(session, made, "a")
    assert installation.revision(session) == before
    row = session.scalars(select(ServedModel)).one()
    assert row.last_seen == made.listed_at > row.first_seen
