"""The ledger as a file from a page: whose calls are in it, in which form, and how many at once."""

from __future__ import annotations

import csv
import io
import json

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.blueprints.usage.downloading import AT_ONCE
from aiconnect.blueprints.usage.wording import COLUMNS
from aiconnect.models import Connection, CostState, Outcome, Person
from aiconnect.services import collections, reports, rollups
from aiconnect.services.audit import SYSTEM
from tests import ledger
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers

CENT = 10**7


def add(session: Session, **more: object) -> None:
    ledger.add(session, ledger.record(**{"at": clock.now(), **more}))


def lines(browse: Browse, query: str = "") -> list[dict[str, object]]:
    answer = browse.get(f"/usage/export/jsonl{query}")
    assert answer.status == 200
    return [json.loads(line) for line in answer.html.splitlines()]


def personal(session: Session, owner: Person) -> int:
    now = clock.now()
    made = Connection(name="mine", provider="openai", base_url="x", owner_id=owner.id,
                      state_since=now, made_at=now)  # fmt: skip
    session.add(made)
    session.commit()
    return made.id


def test_every_column_has_its_meaning() -> None:
    assert tuple(COLUMNS) == reports.COLUMNS


def test_csv_is_a_file_that_names_its_days(
    browse: Browsers, alice: Person, session: Session
) -> None:
    add(session, model="=1+1", cost=CENT, cost_state=CostState.MEASURED)
    hers = browse.as_(alice)
    assert (
        "/usage/export/csv?since=2026-11-01&until=2027-11-30"
        in hers.get("/usage/export?since=2026-11-01&until=2027-11-30").links
    )
    answer = hers.get("/usage/export/csv?since=2026-11-01&until=2027-11-30")
    named = answer.response.headers["Content-Disposition"]
    assert named == 'attachment; filename="usage-2026-11-01-2027-11-30.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.html.removeprefix("\ufeff")))
    assert (row["model"], row["cost_usd"]) == ("'=1+1", "0.01")


def test_filters_hold_for_the_file(browse: Browsers, alice: Person, session: Session) -> None:
    add(session, model="a")
    add(session, model="b", outcome=Outcome.FAILED)
    hers = browse.as_(alice)
    assert [one["model"] for one in lines(hers, "?outcome=failed")] == ["b"]
    assert [one["model"] for one in lines(hers, "?model=a")] == ["a"]
    assert lines(hers, "?since=2020-01-01&until=2020-01-02") == []


def test_a_member_exports_their_own_calls_alone(
    browse: Browsers, member: Person, bob: Person, session: Session
) -> None:
    add(session, person_id=member.id, person=member.email, model="own")
    add(session, person_id=bob.id, person=bob.email, model="other")
    his = browse.as_(member)
    for query in ("", f"?person={bob.email}"):
        assert [one["model"] for one in lines(his, query)] == ["own"]


@pytest.mark.parametrize(
    "record",
    [
        {"connection_id": 1, "connection": "mine", "model": "gpt-secret"},
        {"connection_id": 2, "asked": "mine/gpt-secret"},
        {"connection_id": None, "connection": "", "model": "mine/gpt-secret"},
        {"connection_id": 2, "tries": [["mine", "gpt-secret", "off", None]], "asked": "gpt-secret"},
        {"connection_id": 2, "asked": "collection/secret"},
        {"connection_id": 2, "model": "collection/secret", "asked": "collection/secret"},
    ],
)
def test_what_is_another_s_alone_is_in_nobody_else_s_file(
    browse: Browsers, admin: Person, member: Person, session: Session, record: dict[str, object]
) -> None:
    assert personal(session, member) == 1
    collections.add(session, SYSTEM, "secret", owner_id=member.id)
    add(session, person_id=member.id, person=member.email, **record)
    for form in reports.FORMS:
        assert "secret" in browse.as_(member).get(f"/usage/export/{form}").html
        assert "secret" not in browse.as_(admin).get(f"/usage/export/{form}").html


def test_only_a_few_are_read_at_once(browse: Browsers, alice: Person, session: Session) -> None:
    add(session)
    hers = browse.as_(alice)
    under_way = [hers.client.get("/usage/export/csv", buffered=False) for _ in range(AT_ONCE)]
    busy = hers.get("/usage/export/csv")
    assert busy.status == 429
    assert busy.h1 == "Other exports are under way"
    for one in under_way:
        one.close()
    assert hers.get("/usage/export/csv").status == 200
    assert hers.get("/usage/export/csv").status == 200
    assert hers.get("/usage/export/csv").status == 200


@pytest.mark.parametrize("form", ["xlsx", "CSV", "..", "%F0%9F%98%80"])
def test_a_form_that_does_not_exist_is_not_found(
    browse: Browsers, alice: Person, form: str
) -> None:
    assert browse.as_(alice).get(f"/usage/export/{form}").status in {404, 308}


@pytest.mark.parametrize("remover", ["its owner", "an admin"])
def test_what_was_another_s_alone_stays_so_when_its_connection_is_removed(
    browse: Browsers, admin: Person, member: Person, bob: Person, session: Session, remover: str
) -> None:
    number = personal(session, member)
    called = {"connection_id": number, "connection": "mine", "asked": "mine/gpt-secret"}
    for is_rolled in (True, False):
        add(session, person_id=member.id, person=member.email, model="gpt-secret", **called)
        if is_rolled:
            rollups.roll(session)
    who = {"its owner": member, "an admin": admin}[remover]
    browse.as_(who).post(f"/connections/{number}/remove")
    assert session.get(Connection, number, populate_existing=True) is None
    for path in PAGES:
        assert "secret" in browse.as_(member).get(path).html, path
        for other in (admin, bob):
            assert "secret" not in browse.as_(other).get(path).html, path
    assert "secret" not in browse.as_(admin).get(f"/usage/statement?person={member.email}").html
    session.rollback()
    personal(session, admin)  # another one of that name hides nothing of the admin's own
    add(session, connection_id=number + 1, connection="mine", model="of-hers", asked="mine/of-hers")
    assert "of-hers" in browse.as_(admin).get("/usage").text


PAGES = (
    "/usage", "/usage?by=model&span=latest", "/usage/calls", "/usage/export/csv",
    "/usage/export/jsonl", "/usage/statement",
)  # fmt: skip
