"""`aiconnect connection` and `aiconnect model`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiconnect.providers import PROVIDERS
from tests.cli.conftest import Shell
from tests.fakes.dialects import OpenAI

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"
OTHER = "sk-proj-zyxwvutsrqponmlkjihgfedcba"
COLUMNS = [
    "name", "provider", "family", "state", "checked_at", "models", "key_last4", "enabled", "owner",
    "requests_per_minute", "tokens_per_minute", "parallel",
]  # fmt: skip


def add_fake(shell: Shell, fake: OpenAI, *more: str) -> None:
    shell.ok("connection", "add", "compatible", "--url", fake.url, *more)


def only(shell: Shell) -> dict[str, Any]:
    (row,) = shell.json("connection", "list")
    return row


def test_providers_are_listed(shell: Shell) -> None:
    rows = {row["slug"]: row for row in shell.json("provider", "list")}
    assert rows["openai"] == {
        "slug": "openai", "name": "OpenAI", "family": "cloud", "needs": ["api_key"],
    }  # fmt: skip
    assert set(rows) == set(PROVIDERS)
    assert all(list(row) == ["slug", "name", "family", "needs"] for row in rows.values())


def test_providers_are_listed_without_an_instance(tmp_path) -> None:
    assert Shell(tmp_path / "nowhere").json("provider", "list")


def test_a_connection_is_listed_as_added(shell: Shell) -> None:
    shell.ok("connection", "add", "openai", "--key-stdin", stdin=f"{KEY}\n")
    row = only(shell)
    assert list(row) == COLUMNS
    assert row == {
        "name": "openai", "provider": "openai", "family": "cloud", "state": "untested",
        "checked_at": None, "models": 0, "key_last4": "wxyz", "enabled": True, "owner": None,
        "requests_per_minute": None, "tokens_per_minute": None, "parallel": None,
    }  # fmt: skip


def test_a_key_is_never_printed(shell: Shell) -> None:
    result = shell.run("connection", "add", "openai", "--key-stdin", stdin=f"{KEY}\n")
    assert KEY not in result.output
    assert KEY not in shell.ok("connection", "list")


def test_a_missing_key_is_asked_for_on_stdin(shell: Shell) -> None:
    assert "--key-stdin" in shell.sorry("connection", "add", "openai")


def test_an_empty_stdin_is_no_key(shell: Shell) -> None:
    assert "key" in shell.sorry("connection", "add", "openai", "--key-stdin")


def test_a_loopback_url_switches_private_on_and_says_so(shell: Shell) -> None:
    result = shell.run("connection", "add", "compatible", "--url", "http://127.0.0.1:9/v1")
    assert result.exit_code == 0
    assert "allowed for this connection" in result.stderr
    assert "allowed" not in result.stdout


def test_a_public_url_switches_nothing_on(shell: Shell) -> None:
    result = shell.run("connection", "add", "compatible", "--url", "https://api.example.com/v1")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("url", ["http://169.254.169.254/v1", "http://[fe80::1]/v1"])
def test_some_addresses_are_never_taken(shell: Shell, url: str) -> None:
    assert "never calls" in shell.sorry(
        "connection", "add", "compatible", "--url", url, "--private"
    )


def test_a_key_of_another_provider_is_remarked_on_stderr(shell: Shell) -> None:
    stdin = "sk-lm-abcd1234:abcdefghij0123456789\n"
    result = shell.run("connection", "add", "openai", "--key-stdin", stdin=stdin)
    assert result.exit_code == 0
    assert "looks like a key of LM Studio" in result.stderr


def test_models_entered_by_hand_are_listed(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama", "--name", "near", "--model", "b", "--model", "a")
    rows = shell.json("model", "list")
    assert [row["id"] for row in rows] == ["near/a", "near/b"]
    assert rows[0] == {
        "id": "near/a", "connection": "near", "provider": "ollama", "model": "a", "type": "chat",
        "context": None, "available": True, "reason": None,
    }  # fmt: skip


def test_a_model_of_a_connection_that_is_off_says_why(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama", "--model", "a")
    shell.ok("connection", "disable", "ollama")
    (row,) = shell.json("model", "list")
    assert (row["available"], row["reason"]) == (False, "connection_off")


def test_a_connection_is_edited(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama", "--model", "a")
    shell.ok("connection", "edit", "ollama", "--name", "near", "--model", "b", "--model", "c")
    assert [row["id"] for row in shell.json("model", "list")] == ["near/b", "near/c"]
    shell.ok("connection", "edit", "near", "--model", "")
    assert shell.json("model", "list") == []


def test_an_edit_without_a_change_is_a_wrong_use(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama")
    assert shell.run("connection", "edit", "ollama").exit_code == 2


def test_an_edit_to_a_private_address_switches_private_on(shell: Shell) -> None:
    shell.ok("connection", "add", "compatible", "--url", "https://api.example.com/v1")
    result = shell.run("connection", "edit", "compatible", "--url", "http://10.0.0.1/v1")
    assert (result.exit_code, "allowed" in result.stderr) == (0, True)


def test_an_edit_that_drops_the_key_says_so(shell: Shell) -> None:
    words = ("--url", "https://api.example.com/v1", "--key-stdin")
    shell.ok("connection", "add", "compatible", *words, stdin=KEY)
    url = "https://api.example.org/v1"
    result = shell.run("connection", "edit", "compatible", "--url", url)
    assert (result.exit_code, "--key-stdin" in result.stderr) == (0, True)
    assert only(shell)["key_last4"] is None


def test_a_key_is_rotated(shell: Shell) -> None:
    shell.ok("connection", "add", "openai", "--key-stdin", stdin=KEY)
    shell.ok("connection", "rotate", "openai", "--key-stdin", stdin=OTHER)
    assert only(shell)["key_last4"] == "dcba"


def test_a_connection_is_switched_off_and_on(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama")
    shell.ok("connection", "disable", "ollama")
    assert (only(shell)["state"], only(shell)["enabled"]) == ("off", False)
    shell.ok("connection", "enable", "ollama")
    assert (only(shell)["state"], only(shell)["enabled"]) == ("untested", True)


def test_a_connection_is_removed(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama")
    shell.ok("connection", "remove", "ollama")
    assert shell.json("connection", "list") == []


def test_a_test_prints_its_steps_and_the_end(shell: Shell, compatible_fake: OpenAI) -> None:
    add_fake(shell, compatible_fake)
    said = shell.ok("connection", "test", "compatible")
    assert [line.split()[0] for line in said.splitlines()[:6]].count("ok") >= 4
    assert "connected: " in said
    assert only(shell)["state"] == "connected"


def test_a_test_in_json_has_the_agreed_form(shell: Shell, compatible_fake: OpenAI) -> None:
    add_fake(shell, compatible_fake)
    said = shell.json("connection", "test", "compatible")
    assert list(said) == ["state", "finding", "steps", "cause", "next"]
    assert said["state"] == "connected"
    assert [step["step"] for step in said["steps"]] == [
        "name", "connect", "tls", "kind", "key", "models",
    ]  # fmt: skip
    assert all(set(step) == {"step", "ok", "ms"} for step in said["steps"])
    assert {step["step"]: step["ok"] for step in said["steps"]}["tls"] is True


def test_a_test_that_fails_exits_with_1_and_says_what_to_do(
    shell: Shell, compatible_fake: OpenAI
) -> None:
    compatible_fake.refuse_key()
    add_fake(shell, compatible_fake, "--key-stdin")
    result = shell.run("connection", "test", "compatible", "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (said["state"], said["finding"]) == ("needs_attention", "key_missing")
    assert "aiconnect connection rotate compatible --key-stdin" in said["next"][0]


def test_a_test_of_nobody_is_unreachable(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama", "--url", "http://127.0.0.1:9")
    result = shell.run("connection", "test", "ollama", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["finding"] == "refused"
    assert only(shell)["state"] == "unreachable"


def test_a_refresh_lists_the_models_anew(shell: Shell, compatible_fake: OpenAI) -> None:
    compatible_fake.serve_models(["a", "b"])
    add_fake(shell, compatible_fake)
    assert "2 models, 2 new, 0 gone" in shell.ok("connection", "refresh", "compatible")
    compatible_fake.serve_models(["b"])
    assert "1 models, 0 new, 1 gone" in shell.ok("connection", "refresh", "compatible")
    assert only(shell)["models"] == 1
    assert only(shell)["state"] == "connected"


def test_a_refresh_that_fails_is_one_line_and_sets_the_state(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama", "--url", "http://127.0.0.1:9")
    assert shell.sorry("connection", "refresh", "ollama")
    assert only(shell)["state"] == "unreachable"


def test_a_name_from_a_provider_does_not_steer_the_terminal(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama", "--model", "a")
    assert shell.run("connection", "add", "ollama", "--model", "\x1b[31mred").exit_code == 1
    assert "\x1b" not in shell.ok("model", "list")


def test_a_refusal_is_one_line_where_the_address_is_private(
    shell: Shell, compatible_fake: OpenAI
) -> None:
    words = ["connection", "add", "compatible", "--url", compatible_fake.url]
    assert "small letters" in shell.sorry(*words, "--name", "Bad Name")
    shell.ok(*words)
    assert "already" in shell.sorry(*words, "--name", "compatible")


def test_an_address_that_is_none_is_told_as_typed(shell: Shell) -> None:
    said = shell.sorry("connection", "add", "compatible", "--url", "my server")
    assert said.startswith("Error: my server cannot be called. Write an address like https://")
