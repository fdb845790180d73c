"""What one database takes, sorts and finds, the other does too."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.ids import uuid7
from aiconnect.models import AuditEntry, Connection, ServedModel, UsageRecord
from aiconnect.services import absorbing, audit, catalog
from aiconnect.services.audit import SYSTEM
from aiconnect.services.writing import writing

NAMES = ["B", "_x", "a", "a-b", "a.c", "a/d", "ab", "É", "ß", "é", "😀"]
"""In the order of their bytes, which no language has."""

LINE = {
    "k": "e", "at": 1_790_000_000_000, "p": 1, "pn": "alice", "t": 1, "tn": "t", "c": 1, "cn": "c",
    "m": "m", "s": False, "rb": 400, "f": False, "u": [1, 2, 3, 4, 5], "es": False, "ms": 10,
    "o": "ok", "cd": None, "st": 200, "ft": None, "n": 1,
}  # fmt: skip


@pytest.fixture
def connection(session: Session) -> Connection:
    now = clock.now()
    made = Connection(name="c", provider="ollama", base_url="x", state_since=now, made_at=now)
    session.add(made)
    session.commit()
    return made


def served(connection: Connection, model_id: str, **more: object) -> ServedModel:
    now = clock.now()
    seen = {"first_seen": now, "last_seen": now, **more}
    return ServedModel(connection_id=connection.id, model_id=model_id, **seen)


def test_names_come_in_the_order_of_their_bytes(session: Session, connection: Connection) -> None:
    session.add_all(served(connection, name) for name in reversed(NAMES))
    session.commit()
    names = select(ServedModel.model_id)
    assert list(session.scalars(names.order_by(ServedModel.model_id))) == NAMES
    assert set(session.scalars(names.where(ServedModel.model_id > "a/d"))) == set(NAMES[6:])


@pytest.mark.parametrize(
    ("asked", "found"),
    [("AB", ["ab"]), ("É", ["É"]), ("a%", []), ("_", ["_x"]), ("a.", ["a.c"]), ("😀", ["😀"])],
)
def test_a_search_minds_no_case_of_plain_letters(
    session: Session, connection: Connection, asked: str, found: list[str]
) -> None:
    session.add_all(served(connection, name) for name in NAMES)
    session.commit()
    page = catalog.page(session, SYSTEM, connection_id=connection.id, q=asked)
    assert [one.model_id for one in page.items] == found


def test_what_no_column_holds_is_cut_and_mended(session: Session, connection: Connection) -> None:
    with writing(session):
        audit.record(session, SYSTEM, "test.words", "a\0b\ud800" + "x" * 400, fact="\0\ud800" * 400)
    entry = session.scalars(select(AuditEntry)).one()
    session.refresh(entry)
    assert entry.subject.startswith("a\N{REPLACEMENT CHARACTER}b?x")
    assert len(entry.subject) == 300
    session.add(served(connection, "m", context=10**30, size=10**30, output_limit=-(10**30)))
    session.commit()
    kept = session.execute(select(ServedModel.context, ServedModel.output_limit, ServedModel.size))
    assert kept.one() == (2**31 - 1, -(2**31 - 1), 2**63 - 1)


@pytest.mark.parametrize(
    "more",
    [
        {"u": [10**30, 2**31, 2**63, -1, 0]},
        {"ms": 10**12, "ft": 10**12, "gm": 10**12},
        {"m": "m\0\ud800" * 200, "pn": "\0", "cd": "c" * 100},
    ],
    ids=["tokens", "times", "words"],
)
def test_an_absurd_line_of_the_journal_costs_no_record(
    session: Session, tmp_path: Path, more: dict[str, object]
) -> None:
    lines = [{**LINE, "id": uuid7()}, {**LINE, **more, "id": uuid7()}]
    assert absorbing.absorb_or_set_aside(session, lines, "w", tmp_path) == 2
    assert len(session.scalars(select(UsageRecord)).all()) == 2
    assert not (tmp_path / "damaged").exists()


def test_a_line_that_fits_nowhere_is_set_aside_alone(session: Session, tmp_path: Path) -> None:
    lines = [{**LINE, "id": uuid7()}, {**LINE, "id": uuid7(), "st": {}}, {**LINE, "id": uuid7()}]
    assert absorbing.absorb_or_set_aside(session, lines, "w", tmp_path) == 2
    assert len(list((tmp_path / "damaged").iterdir())) == 1


def test_absorbing_twice_changes_nothing(session: Session) -> None:
    begun = {**LINE, "id": uuid7(), "k": "b"}
    ended = {**begun, "k": "e"}
    for lines in ([begun], [begun, ended], [ended], [begun]):
        absorbing.absorb(session, lines, "w")
        session.expire_all()
    record = session.scalars(select(UsageRecord)).one()
    assert (record.outcome, record.output_tokens, record.latency_ms) == ("ok", 4, 10)
