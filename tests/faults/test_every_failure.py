"""Every way to fail has its own finding: produced for real on loopback, worded, with its fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from aiconnect.models import Connection, State
from aiconnect.providers.spec import Provider
from aiconnect.services import findings
from aiconnect.services.vault import Vault
from tests.fakes.rows import Fakes
from tests.faults.doctor import examine
from tests.faults.situations import SITUATIONS, Situation
from tests.faults.stage import KEY, LOGIN, Stage

MECHANICS = re.compile(
    r"Errno|Traceback|Exception|urllib3|requests\.|ssl\.|\[SSL|object at 0x|None"
)
BLAMES_THE_KEY = re.compile(
    r"(?i)(?:invalid|wrong|not accept the|bad) key|key (?:is )?(?:invalid|wr)"
)


@pytest.fixture
def stage(fakes: Fakes, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(fakes, tmp_path)
    yield stage
    stage.close()


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2", "::1"])
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_each_failure_has_its_finding(
    situation: Situation, stage: Stage, session: Session,
    rows: Mapping[str, Provider], vault: Vault,
) -> None:  # fmt: skip
    check = examine(situation, stage, session, rows, vault)
    failed = next((step["step"] for step in check.steps if step["state"] == "failed"), None)
    case = findings.case_of(check.finding or "", check.facts)
    assert (case, failed) == (situation.case, situation.step), (check.finding, check.facts)
    fixes = findings.fixes(check.finding, check.facts, check.base_url, rows[situation.slug])
    assert (fixes[0].kind if fixes else None) == situation.fix
    words = findings.word(check.finding, check.facts)
    said = " ".join([words.title, words.cause, *words.next, *(fix.label for fix in fixes)])
    assert not MECHANICS.search(said), said
    assert "?" not in said.replace("://", ""), said
    if not case.startswith("key_"):
        assert not BLAMES_THE_KEY.search(said), said
    kept = said + str(check.facts) + str(check.steps)
    assert KEY not in kept
    assert LOGIN.partition(":")[2] not in kept


@pytest.mark.parametrize(
    "situation", [one for one in SITUATIONS if one.step == "token"], ids=lambda one: one.name
)
def test_a_fault_of_one_model_leaves_the_connection_alone(
    situation: Situation, stage: Stage, session: Session,
    rows: Mapping[str, Provider], vault: Vault,
) -> None:  # fmt: skip
    check = examine(situation, stage, session, rows, vault)
    connection = session.get(Connection, check.connection_id)
    code, _, case = situation.case.partition(".")
    is_of_model = code in {"model_not_found", "too_long", "content_refused"}
    if is_of_model or case in {"memory", "unverified", "model"}:
        assert (connection.state, connection.finding) == (State.CONNECTED, None)
    else:
        assert connection.finding == check.finding


def test_every_situation_is_another_one():
    assert len({one.name for one in SITUATIONS}) == len(SITUATIONS)
    assert len({one.case for one in SITUATIONS}) >= 70
