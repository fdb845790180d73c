"""Routes in pages: made, ordered, set, explained, removed; and limits in forms."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from aiconnect.calls.breaker import Breakers
from aiconnect.models import Person, Route
from aiconnect.services import catalog, collections, connections, routes, snapshots, tokens
from aiconnect.services.audit import SYSTEM
from aiconnect.services.shared import name_of
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers
from tests.pages.connected import add


@pytest.fixture
def models(browse: Browsers, session: Session) -> None:
    """Two connections with three models."""
    add(browse, session, "ollama", name="near", models=("a", "b"))
    add(browse, session, "ollama", name="far", models=("a", "c"))


@pytest.fixture
def writer(session: Session, models: None) -> Route:
    return routes.add(session, SYSTEM, "writer", ["near/a", "far/c"])


def steps(session: Session) -> list[str]:
    session.rollback()  # read anew
    return [name_of(one) for one in routes.by_name(session, "writer").steps]


def cells(page: Page, label: str) -> Sequence[str]:
    """What stands in a column of the page's tables."""
    found = [one for one in page.all("td") if one.get("data-label") == label]
    return [" ".join("".join(one.itertext()).split()) for one in found]


def test_without_a_route_the_page_says_what_they_are_for(hers: Browse) -> None:
    page = hers.get("/routes")
    assert "No route yet" in page.text
    assert "/routes/new" in page.links


def test_a_route_is_made_and_shown(hers: Browse, session: Session, models: None) -> None:
    form = hers.get("/routes/new")
    page = form.press("Make it", name="writer", model="near/b\nfar/c", total_seconds="90").follow()
    assert page.h1 == "writer"
    assert cells(page, "Turn") == ["1", "2"]
    assert "90 seconds" in page.text
    assert "/v1" in page.text
    assert steps(session) == ["near/b", "far/c"]
    assert "near/b" in hers.get("/routes").text


def test_a_route_that_hides_a_model_says_so(hers: Browse, models: None) -> None:
    page = hers.get("/routes/new").press("Make it", name="a", model="far/a").follow()
    assert "no longer near/a itself" in page.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "", "model": "near/a"}, "Enter a name"),
        ({"name": "two words", "model": "near/a"}, "letters"),
        ({"name": "writer", "model": ""}, "Enter at least one model"),
        ({"name": "writer", "model": "near/zzz"}, "zzz"),
        ({"name": "writer", "model": "near/a\nnear/a"}, "already"),
        ({"name": "writer", "model": "near/a", "total_seconds": "soon"}, "whole number"),
        ({"name": "writer", "model": "near/a", "total_seconds": "999999"}, "3600"),
    ],
)
def test_a_mistake_stands_beside_its_field(
    hers: Browse, session: Session, models: None, typed: dict[str, str], said: str
) -> None:
    page = hers.get("/routes/new").press("Make it", **typed)
    assert page.status == 422
    assert said in page.problems[0]
    assert routes.all(session) == []


def test_a_step_is_added_moved_set_and_taken_out(
    hers: Browse, session: Session, writer: Route
) -> None:
    hers.get("/routes/1").press("Add it", model="b").follow()
    assert steps(session) == ["near/a", "far/c", "near/b"]
    third = writer.id, routes.get(session, writer.id).steps[2].id
    hers.post("/routes/{}/steps/{}/order".format(*third), to="up").follow()
    assert steps(session) == ["near/a", "near/b", "far/c"]
    form = hers.get("/routes/{}/steps/{}".format(*third))
    page = form.press("Save the changes", first_byte_seconds="20", retries="0").follow()
    assert "20 seconds, not tried again" in cells(page, "Patience")[1]
    hers.post("/routes/{}/steps/{}/remove".format(*third)).follow()
    assert steps(session) == ["near/a", "far/c"]


def test_a_step_that_cannot_be_is_refused_on_the_page_of_the_route(
    hers: Browse, writer: Route
) -> None:
    for model in ("near/zzz", "near/a", ""):
        page = hers.get("/routes/1").press("Add it", model=model)
        assert (page.status, page.h1, len(page.problems)) == (422, "writer", 1)


@pytest.mark.parametrize("typed", [{"retries": "6"}, {"first_byte_seconds": "4000"}])
def test_the_settings_of_a_step_have_bounds(
    hers: Browse, session: Session, writer: Route, typed: dict[str, str]
) -> None:
    page = hers.get(f"/routes/1/steps/{writer.steps[0].id}").press("Save the changes", **typed)
    assert page.status == 422


def test_the_last_step_is_not_taken_out(hers: Browse, session: Session, models: None) -> None:
    made = routes.add(session, SYSTEM, "writer", ["near/a"])
    page = hers.post(f"/routes/1/steps/{made.steps[0].id}/remove").follow()
    assert "at least one model" in page.text
    assert steps(session) == ["near/a"]


def test_the_time_of_all_tries_is_changed(hers: Browse, session: Session, writer: Route) -> None:
    form = hers.get("/routes/1/edit")
    assert "45 seconds" in form.press("Save the changes", total_seconds="45").follow().text
    assert form.press("Save the changes", total_seconds="4000").status == 422


def test_removing_says_what_it_means_and_asks(
    hers: Browse, session: Session, writer: Route
) -> None:
    page = hers.get("/routes/1/remove")
    assert "404" in page.text
    assert "is removed" in page.press("Remove writer").follow().text
    assert routes.all(session) == []


def test_each_step_says_why_it_is_not_tried(hers: Browse, session: Session, writer: Route) -> None:
    catalog.hide(session, SYSTEM, connections.by_name(session, "near").id, ["a"])
    page = hers.get("/routes/1")
    assert cells(page, "Turn") == ["none", "1"]
    assert cells(page, "State")[0] == "Not tried. It is switched off"
    connections.disable(session, SYSTEM, connections.by_name(session, "far").id)
    page = hers.get("/routes/1")
    assert cells(page, "Turn") == ["none", "none"]
    assert "Nothing can be tried" in page.text


def test_a_route_whose_connections_have_gone_is_shown_empty(
    hers: Browse, session: Session, writer: Route
) -> None:
    for name in ("near", "far"):
        connections.remove(session, SYSTEM, connections.by_name(session, name).id)
    assert "Nothing can be tried" in hers.get("/routes/1").text
    assert "No model is left" in hers.get("/routes").text


@pytest.mark.parametrize(
    ("code", "said"),
    [("provider_auth", "key was refused"), ("provider_no_credit", "no credit"),
     ("provider_rate_limited", "asks for it")],
)  # fmt: skip
def test_what_the_gateway_leaves_alone_is_shown(
    hers: Browse, browse: Browsers, writer: Route, code: str, said: str
) -> None:
    breakers = Breakers(time.monotonic)
    browse.site.extensions["aiconnect_breakers"] = breakers
    assert "Left alone" not in hers.get("/routes/1").text
    step = writer.steps[0]
    breakers.report(step.connection_id, step.model_id, code, 30.0)
    shown = cells(hers.get("/routes/1"), "State")
    assert said in shown[0]
    assert "s more" in shown[0]
    assert said not in shown[1]


def test_the_gateway_s_own_picture_is_taken_while_it_is_up_to_date(
    hers: Browse, browse: Browsers, session: Session, writer: Route
) -> None:
    parts = browse.site.extensions["aiconnect"]
    picture = snapshots.build(session, rows=parts.rows, vault=parts.vault, settings=parts.settings)
    browse.site.extensions["aiconnect_picture"] = lambda: picture
    assert cells(hers.get("/routes/1"), "Turn") == ["1", "2"]
    connections.disable(session, SYSTEM, connections.by_name(session, "near").id)
    assert cells(hers.get("/routes/1"), "Turn") == ["none", "1"]


def test_a_member_sees_a_route_and_changes_nothing(
    browse: Browsers, member: Person, writer: Route
) -> None:
    page = browse.as_(member).get("/routes/1")
    assert cells(page, "Turn") == ["1", "2"]
    assert not [link for link in page.links if link.startswith("/routes/1/")]
    assert [form for form in page.forms if "/routes/" in form.action] == []


@pytest.mark.parametrize("path", ["/routes/9", "/routes/1/steps/99", "/routes/2147483647/edit"])
def test_what_is_not_there_is_404(hers: Browse, writer: Route, path: str) -> None:
    assert hers.get(path).status == 404


def test_a_connection_names_what_loses_its_models(
    hers: Browse, session: Session, writer: Route
) -> None:
    collections.add(session, SYSTEM, "best")
    collections.put(session, SYSTEM, "best", ["near/b"])
    near, far = (connections.by_name(session, name).id for name in ("near", "far"))
    text = hers.get(f"/connections/{near}/remove").text
    assert "route loses its steps here: writer" in text
    assert "collection loses its models here: best" in text
    assert "best" not in hers.get(f"/connections/{far}/remove").text


def test_an_access_token_is_limited_in_its_form(
    hers: Browse, session: Session, writer: Route
) -> None:
    assert "Collections it may use" not in hers.get("/tokens/new").text
    collections.add(session, SYSTEM, "best")
    form = hers.get("/tokens/new")
    made = form.press(
        "Make it", name="Bound", collections="best", requests_per_minute="60", parallel="2"
    )
    for page in (made, hers.get("/tokens"), hers.get("/account")):
        assert "collection/best" in page.text
        assert "60 calls a minute, 2 calls at once" in page.text
    (token,) = tokens.all(session)
    assert (token.requests_per_minute, token.tokens_per_minute, token.parallel) == (60, None, 2)
    collections.remove(session, SYSTEM, "best")
    assert "nothing: its collections were removed" in hers.get("/tokens").text


@pytest.mark.parametrize("typed", ["many", "-1", "99999999999", "9999999999"])
def test_a_limit_that_is_no_number_makes_no_token(
    hers: Browse, session: Session, typed: str
) -> None:
    page = hers.get("/tokens/new").press("Make it", name="Bound", tokens_per_minute=typed)
    assert page.status == 422
    assert tokens.all(session) == []


def test_a_connection_is_limited_in_its_form(hers: Browse, session: Session, models: None) -> None:
    near = connections.by_name(session, "near")
    path = f"/connections/{near.id}"
    page = hers.get(f"{path}/edit").press("Save the changes", requests_per_minute="7").follow()
    assert "7 calls a minute" in page.text
    hers.get(f"{path}/edit").press("Save the changes", name="near").follow()
    session.rollback()  # read anew
    assert connections.by_name(session, "near").requests_per_minute == 7
    page = hers.get(f"{path}/edit").press("Save the changes", requests_per_minute="").follow()
    assert "calls a minute" not in page.text
