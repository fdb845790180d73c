"""`aiconnect usage`."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, CostState, Outcome, Person
from tests.cli.conftest import Shell
from tests.ledger import NOON, add, record

COLUMNS = [
    "id", "at", "user", "access_token", "connection", "model", "outcome", "status", "input_tokens",
    "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost_usd",
    "cost_state", "latency_ms", "first_token_ms", "attempts", "asked",
    "wire", "price", "tries", "code", "is_stream", "is_fallback", "tokens_estimated",
    "generation_ms", "held_usd", "details",
]  # fmt: skip


def connection(session: Session, name: str) -> int:
    now = clock.now()
    made = Connection(name=name, provider="vllm", base_url="x", state_since=now, made_at=now)
    session.add(made)
    session.commit()
    return made.id


def test_a_summary_has_the_agreed_rows(shell: Shell, session: Session) -> None:
    add(session, record(cost=1_500_000, cost_state=CostState.MEASURED), record(cost=0))
    assert shell.json("usage", "summary") == [
        {
            "key": "llama", "calls": 2, "input_tokens": 20, "output_tokens": 10,
            "cost_usd": "0.0015", "estimated_share": 0.0,
        }
    ]  # fmt: skip


def test_money_has_no_exponent(shell: Shell, session: Session) -> None:
    add(session, record(cost=1), record(model="dear", cost=10**14), record(model="free", cost=0))
    costs = {row["key"]: row["cost_usd"] for row in shell.json("usage", "summary")}
    assert costs == {"llama": "0.000000001", "dear": "100000", "free": "0"}


def test_an_unknown_cost_is_null(shell: Shell, session: Session) -> None:
    add(session, record())
    assert shell.json("usage", "summary")[0]["cost_usd"] is None


@pytest.mark.parametrize("by", ["model", "user", "token", "connection", "day"])
def test_a_summary_is_by_what_was_asked(shell: Shell, session: Session, by: str) -> None:
    add(session, record())
    keys = {
        "model": "llama", "user": "alice@example.org", "token": "laptop", "connection": "ollama",
        "day": "2026-11-20",
    }  # fmt: skip
    assert shell.json("usage", "summary", "--by", by)[0]["key"] == keys[by]


def test_until_has_its_day_in_the_team_s_time_zone(shell: Shell, session: Session) -> None:
    last = datetime(2026, 11, 20, 16, 59, 59, tzinfo=UTC)  # 23:59:59 in Jakarta
    add(session, record(at=last), record(at=last + timedelta(seconds=1), model="next day"))
    words = ["usage", "summary", "--since", "2026-11-20", "--until", "2026-11-20"]
    rows = shell.json(*words, AICONNECT_TIMEZONE="Asia/Jakarta")
    assert [row["key"] for row in rows] == ["llama"]


def test_a_time_with_its_offset_may_be_given(shell: Shell, session: Session) -> None:
    add(session, record())
    after = ["usage", "summary", "--since", "2026-11-20T19:00:01+07:00"]
    before = ["usage", "summary", "--since", "2026-11-20T19:00:00+07:00"]
    assert (shell.json(*after), len(shell.json(*before))) == ([], 1)


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_what_is_no_date_is_a_wrong_use(shell: Shell, option: str) -> None:
    result = shell.run("usage", "summary", option, "tomorrow")
    assert (result.exit_code, option in result.stderr) == (2, True)


def test_an_export_has_the_agreed_columns_in_order(shell: Shell, session: Session) -> None:
    add(session, record())
    line = shell.ok("usage", "export", "--format", "jsonl").splitlines()[0]
    assert list(json.loads(line)) == COLUMNS
    header = shell.ok("usage", "export", "--format", "csv").splitlines()[0]
    assert header.split(",") == COLUMNS


def test_an_exported_call_is_what_was_recorded(shell: Shell, session: Session) -> None:
    add(
        session,
        record(
            id="1", cache_read_tokens=3, reasoning_tokens=4, cost=2_000_000_000,
            cost_state=CostState.MEASURED, latency_ms=120, first_token_ms=30, asked="fast",
            wire="openai.chat", price="own:3", tries=[["spare", "m", "provider_error", 40]],
            is_fallback=True, held=2_500_000_000, details={"images": 1},
        ),
    )  # fmt: skip
    assert json.loads(shell.ok("usage", "export", "--format", "jsonl")) == {
        "id": "1", "at": "2026-11-20T12:00:00.000Z", "user": "alice@example.org",
        "access_token": "laptop", "connection": "ollama", "model": "llama", "outcome": "ok",
        "status": 200, "input_tokens": 10, "cache_read_tokens": 3, "cache_write_tokens": None,
        "output_tokens": 5, "reasoning_tokens": 4, "cost_usd": "2", "cost_state": "measured",
        "latency_ms": 120, "first_token_ms": 30, "attempts": 1, "asked": "fast",
        "wire": "openai.chat", "price": "own:3", "tries": [["spare", "m", "provider_error", 40]],
        "code": None, "is_stream": False, "is_fallback": True, "tokens_estimated": False,
        "generation_ms": None, "held_usd": "2.5", "details": {"images": 1},
    }  # fmt: skip


def test_csv_says_the_same_as_jsonl(shell: Shell, session: Session) -> None:
    add(
        session,
        record(model='odd, "model"\nname'),
        record(outcome=Outcome.INTERRUPTED, status=None),
        record(asked="ä", tries=[["spare", 'ö, "', "off", None]]),
    )
    lines = shell.ok("usage", "export", "--format", "jsonl").splitlines()
    text = shell.ok("usage", "export", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    as_text = [{name: _text(value) for name, value in json.loads(line).items()} for line in lines]
    assert rows == as_text


def _text(value: object) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def test_an_export_of_nothing_is_empty_and_says_so(shell: Shell, session: Session) -> None:
    assert shell.ok("usage", "export", "--format", "jsonl") == ""
    assert shell.ok("usage", "export", "--format", "csv").splitlines() == [",".join(COLUMNS)]
    assert shell.run("usage", "export", "--format", "csv").stderr == "No call fits.\n"
    add(session, record(model="m"))
    assert shell.run("usage", "export", "--format", "csv").stderr == ""
    assert shell.run("usage", "export", "--format", "jsonl", "--model", "n").stderr == (
        "No call fits.\n"
    )


def test_an_export_of_a_span_is_that_span(shell: Shell, session: Session) -> None:
    add(session, *(record(id=str(day), at=NOON + timedelta(days=day)) for day in range(3)))
    words = [
        "usage",
        "export",
        "--format",
        "jsonl",
        "--since",
        "2026-11-21",
        "--until",
        "2026-11-21",
    ]
    assert [json.loads(line)["id"] for line in shell.ok(*words).splitlines()] == ["1"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--user", "alice@example.org"], {"1"}),
        (["--token", "3"], {"2"}),
        (["--connection", "spare"], {"2"}),
        (["--model", "m2"], {"2"}),
        (["--collection", "night"], {"3"}),
        (["--outcome", "failed"], {"4"}),
        (["--outcome", "ok", "--model", "m2"], {"2"}),
        (["--outcome", "refused"], set()),
    ],
)
def test_an_export_may_be_of_some_calls(
    shell: Shell, session: Session, alice: Person, words: list[str], found: set[str]
) -> None:
    spare = connection(session, "spare")
    add(
        session,
        record(id="1", person_id=alice.id),
        record(id="2", access_token_id=3, connection_id=spare, model="m2"),
        record(id="3", asked="collection/night"),
        record(id="4", outcome=Outcome.CUT),
    )
    lines = shell.ok("usage", "export", "--format", "jsonl", *words).splitlines()
    assert {json.loads(line)["id"] for line in lines} == found


@pytest.mark.parametrize("option", ["--user", "--connection"])
def test_an_export_of_nobody_s_calls_is_refused(shell: Shell, option: str) -> None:
    result = shell.run("usage", "export", "--format", "csv", option, "nobody@example.org")
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_csv_for_excel_begins_with_its_mark(shell: Shell, session: Session) -> None:
    text = shell.ok("usage", "export", "--format", "csv", "--mark")
    assert text.startswith("\ufeffid,at")


def test_a_reader_that_leaves_early_is_no_fault(instance: Path, session: Session) -> None:
    add(session, *(record() for _ in range(3000)))
    command = "from aiconnect.cli import main; main(['usage', 'export', '--format', 'jsonl'])"
    environ = {**os.environ, "AICONNECT_INSTANCE": str(instance)}
    with subprocess.Popen(
        [sys.executable, "-c", command],
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
