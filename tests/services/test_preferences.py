"""What a person chooses for their pages."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect.errors import Refused
from aiconnect.models import Person
from aiconnect.services import accounts
from aiconnect.services.accounts.preferences import NO_PLACE, zone_named, zones

CHOSEN = {"language": "id", "theme": "dark", "time_zone": "Asia/Jakarta"}


def test_a_choice_is_kept_for_the_person_alone(
    session: Session, alice: Person, bob: Person
) -> None:
    accounts.prefer(session, alice, **CHOSEN)
    session.refresh(alice)
    assert (alice.language, alice.theme, alice.time_zone) == ("id", "dark", "Asia/Jakarta")
    session.refresh(bob)
    assert (bob.language, bob.theme, bob.time_zone) == ("", "system", None)


def test_without_a_zone_of_ones_own_it_is_the_team_s(session: Session, alice: Person) -> None:
    accounts.prefer(session, alice, **CHOSEN)
    accounts.prefer(session, alice, **{**CHOSEN, "time_zone": "  "})
    session.refresh(alice)
    assert alice.time_zone is None


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("theme", "neon")])
def test_what_there_is_no_choice_of_is_refused(
    session: Session, alice: Person, field: str, value: str
) -> None:
    with pytest.raises(Refused) as refused:
        accounts.prefer(session, alice, **{**CHOSEN, field: value})
    assert refused.value.field == field
    session.refresh(alice)
    assert alice.theme == "system"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Asia/Jakarta", "Asia/Jakarta"),
        ("asia/jakarta", "Asia/Jakarta"),
        ("jakarta", "Asia/Jakarta"),
        ("  New  York ", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_as_people_write_it(text: str, zone: str) -> None:
    assert zone_named(text) == zone


def test_what_is_part_of_several_names_is_answered_with_some_of_them() -> None:
    with pytest.raises(Refused) as refused:
        zone_named("australia")
    assert refused.value.facts["zones"].count(", ") == 4
    assert "Australia/Adelaide" in refused.value.facts["zones"]


@pytest.mark.parametrize("text", ["Atlantis", "../../etc/passwd", "Asia/\0", "\ud800", "😀", "/"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        zone_named(text)
    assert refused.value.field == "time_zone"


def test_what_is_no_place_is_no_zone() -> None:
    assert not NO_PLACE & set(zones().values())
