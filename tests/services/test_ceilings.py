"""Ceilings: set by people, kept as rows of settings, read into the gateway's picture."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.calls.snapshot import USUAL, Ceilings
from aiconnect.errors import NotFound, Refused
from aiconnect.gateway.limits import Limits
from aiconnect.models import AuditEntry, Role, Setting
from aiconnect.providers import PROVIDERS
from aiconnect.services import ceilings, installation, snapshots
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings

OWN = Limits(threads=20).usual


def put(session: Session, name: str, text: str, usual: Ceilings = USUAL) -> None:
    ceilings.put(session, COMMAND_LINE, name, text, usual=usual)


@pytest.mark.parametrize(
    ("name", "text", "field", "found"),
    [
        ("calls", "7", "calls", 7),
        ("streams", " 500 ", "streams", 500),
        ("first-byte-seconds", "45", "first_byte", 45),
        ("silence-seconds", "30", "silence", 30),
        ("total-seconds", "3600", "total", 3600),
        ("longest-wait-seconds", "0", "longest_wait", 0),
        ("breaker", "OFF", "breaker", False),
        ("body-megabytes", "2", "body_bytes", 2 * 1024 * 1024),
    ],
)
def test_what_is_set_is_read_in_the_gateway_s_units_and_forgotten_again(
    session: Session, name: str, text: str, field: str, found: Any
) -> None:
    put(session, name, text)
    assert ceilings.read(session) == Ceilings(**{field: found})
    put(session, name, "default")
    assert ceilings.read(session) == USUAL


def test_every_ceiling_is_a_setting_and_says_what_is_usual() -> None:
    fields = {one.field for one in ceilings.EVERY.values()}
    assert fields == set(Ceilings.__dataclass_fields__)
    usual = {name: one.of(Limits().usual) for name, one in ceilings.EVERY.items()}
    assert usual == {
        "calls": 48, "streams": None, "first-byte-seconds": 300, "silence-seconds": 120,
        "total-seconds": 1800, "longest-wait-seconds": 5, "breaker": "on", "body-megabytes": 32,
    }  # fmt: skip


def test_what_is_usual_is_among_what_can_be_set(session: Session) -> None:
    for name, one in ceilings.EVERY.items():
        usual = one.of(Limits().usual)
        if usual is not None:
            put(session, name, str(usual))
    assert ceilings.read(session) == Limits().usual


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("calls", "0", "from 1 to 10000"),
        ("calls", "many", "whole number"),
        ("calls", "1.5", "whole number"),
        ("calls", "١٢", "whole number"),
        ("streams", "-1", "whole number"),
        ("longest-wait-seconds", "61", "from 0 to 60"),
        ("body-megabytes", "9" * 400, "from 1 to 1024"),
        ("breaker", "1", "on or off"),
        ("breaker", "\ud800", "on or off"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    session: Session, name: str, text: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        put(session, name, text)
    assert ceilings.read(session) == USUAL


def test_where_the_machine_is_known_nothing_above_it_can_be_set(session: Session) -> None:
    put(session, "calls", "4", OWN)
    with pytest.raises(Refused, match="from 1 to 4"):
        put(session, "calls", "5", OWN)
    with pytest.raises(Refused, match="from 1 to 4"):
        put(session, "calls", "999999", OWN)
    put(session, "silence-seconds", "900", OWN)


def test_an_unknown_setting_is_not_found(session: Session) -> None:
    for name in ("nosuch", "canary", "", "ceiling.calls"):
        with pytest.raises(NotFound):
            put(session, name, "1")


def test_a_line_says_what_holds_and_what_is_usual(session: Session) -> None:
    put(session, "calls", "90")
    put(session, "breaker", "off")
    found = {one.ceiling.name: one for one in ceilings.lines(session, OWN)}
    assert list(found) == list(ceilings.EVERY)
    assert (found["calls"].value, found["calls"].default, found["calls"].asked) == (4, 4, 90)
    assert (found["breaker"].value, found["breaker"].default) == ("off", "on")
    assert (found["streams"].value, found["streams"].asked) == (None, None)


def test_only_admins_set_anything(session: Session) -> None:
    with pytest.raises(Refused, match="admin"):
        ceilings.put(session, Actor("mel", role=Role.MEMBER), "calls", "1")
    ceilings.put(session, Actor("ada", role=Role.ADMIN), "calls", "1")


def test_each_change_is_on_the_record_and_counted(session: Session) -> None:
    before = installation.revision(session)
    put(session, "calls", "7")
    put(session, "calls", "")
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.action, one.subject, one.facts) for one in entries][-2:] == [
        ("set.setting", "calls", {"value": "7", "was": "default"}),
        ("set.setting", "calls", {"value": "default", "was": "7"}),
    ]
    assert installation.revision(session) == before + 2


def test_the_gateway_s_picture_has_them(session: Session, vault: Vault, settings: Settings) -> None:
    put(session, "silence-seconds", "30")
    picture = snapshots.build(session, rows=PROVIDERS, vault=vault, settings=settings)
    assert picture.ceilings == Ceilings(silence=30)


@given(text=st.text(), name=st.sampled_from(sorted(ceilings.EVERY)))
def test_whatever_another_version_has_written_is_a_value_or_none(text: str, name: str) -> None:
    one = ceilings.EVERY[name]
    found = ceilings._parsed(one, text)
    assert found is None or one.of(Ceilings(**{one.field: found})) is not None  # type: ignore[arg-type]


def test_a_row_that_cannot_be_read_does_not_count(session: Session) -> None:
    with writing(session):
        session.add(Setting(name="ceiling.calls", value="all of them"))
        session.add(Setting(name="ceiling.of-another-version", value="1"))
    assert ceilings.read(session) == USUAL
