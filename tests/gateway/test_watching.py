"""What the server says of itself: its metrics and the description of its paths."""

from __future__ import annotations

from aiconnect.gateway.describing import PATHS
from aiconnect.gateway.paths import ENDPOINTS, PREFIXES
from tests.fakes.dialects import OpenAI
from tests.gateway.conftest import Gate
from tests.running import until

OUTSIDE = {"/healthz": "GET", "/readyz": "GET"}
"""Answered beside the gateway."""


def test_the_description_has_every_path_and_no_other() -> None:
    served = {path: method for path, (method, _) in ENDPOINTS.items()}
    served |= {path + "{id}": method for path, (method, _) in PREFIXES.items()}
    assert served | OUTSIDE == dict(PATHS)


def test_the_description_is_there_for_everyone(gate: Gate) -> None:
    answer = gate.server.get("/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json["openapi"].startswith("3.1")
    assert "/v1/chat/completions" in answer.json["paths"]


def test_a_call_is_counted(gate: Gate, openai: OpenAI) -> None:
    def counted() -> float:
        lines = gate.server.get("/metrics").body.decode().splitlines()
        wanted = 'aiconnect_calls_total{connection="openai",outcome="ok",status="200"} '
        return next((float(line.removeprefix(wanted)) for line in lines if wanted in line), 0.0)

    before = counted()
    assert gate.chat("openai/gpt-x").status == 200
    assert until(lambda: counted() == before + 1)


def test_refusals_are_counted_too_and_name_nobody(gate: Gate) -> None:
    stranger = {"Authorization": "Bearer aic_nobody"}
    assert gate.server.ask("POST", "/v1/chat/completions", b"{}", stranger).status == 401
    body = gate.server.get("/metrics").body.decode()
    assert "aiconnect_unauthorized_total" in body
    assert "aic_nobody" not in body


def test_the_metrics_are_for_this_machine_and_for_admins(gate: Gate) -> None:
    assert gate.server.get("/metrics").status == 200
    assert gate.server.get("/metrics", {"X-Forwarded-For": "10.0.0.1"}).status == 401
    assert gate.server.get("/metrics", {"Host": "ai.example.org"}).status == 401
    owner = {"Authorization": f"Bearer {gate.token}", "X-Forwarded-For": "10.0.0.1"}
    assert gate.server.get("/metrics", owner).status == 200
    wrong = {"Authorization": "Bearer aic_nobody"}
    assert gate.server.get("/metrics", wrong).status == 401
