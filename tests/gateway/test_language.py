"""Programs are told everything in English, whatever language they ask for."""

from __future__ import annotations

import json

from aiconnect.errors import KINDS
from tests.gateway.conftest import Gate


def test_a_refusal_is_in_english_whoever_asks(gate: Gate) -> None:
    body = json.dumps({"messages": []}).encode()
    headers = {"Authorization": f"Bearer {gate.token}", "Accept-Language": "id"}
    answer = gate.server.ask("POST", "/v1/chat/completions", body, headers)
    assert answer.status == 400
    assert answer.json["error"]["message"] == KINDS["model_missing"].message
