"""`aiconnect setting`."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Shell

NAMES = [
    "calls", "streams", "first-byte-seconds", "silence-seconds", "total-seconds",
    "longest-wait-seconds", "breaker", "body-megabytes", "mature", "retention-days",
    "price-checks", "price-url", "texts",
]  # fmt: skip


def row_of(shell: Shell, name: str) -> dict[str, Any]:
    (row,) = [row for row in shell.json("setting", "list") if row["name"] == name]
    return row


def value_of(shell: Shell, name: str) -> object:
    return row_of(shell, name)["value"]


def test_every_setting_is_listed_with_what_holds_and_what_is_usual(shell: Shell) -> None:
    rows = shell.json("setting", "list")
    assert [row["name"] for row in rows] == NAMES
    assert list(rows[0]) == ["name", "value", "default", "use", "meaning"]
    found = {row["name"]: (row["value"], row["default"], row["use"]) for row in rows}
    assert found["calls"] == (48, 48, None)
    assert found["streams"] == (None, None, None)
    assert found["breaker"] == ("on", "on", None)
    assert rows[6]["meaning"].startswith("Leave failing providers alone. For a while")


def test_present_use_is_a_dash_where_no_server_runs(shell: Shell) -> None:
    head, *lines = shell.ok("setting", "list").splitlines()
    at = head.index("use")
    assert [line[at : at + 3].strip() for line in lines] == ["-"] * len(NAMES)


def test_a_setting_is_set_and_goes_back(shell: Shell) -> None:
    assert shell.ok("setting", "set", "silence-seconds", "30") == "Set silence-seconds to 30.\n"
    row = shell.json("setting", "list")[3]
    assert (row["name"], row["value"], row["default"]) == ("silence-seconds", 30, 120)
    shell.ok("setting", "set", "silence-seconds", "default")
    assert shell.json("setting", "list")[3]["value"] == 120


def test_what_the_machine_bounds_is_said(shell: Shell) -> None:
    result = shell.run("setting", "set", "streams", "5")
    assert (result.exit_code, result.stdout) == (0, "Set streams to 5.\n")
    assert "descriptors" in result.stderr
    shell.ok("setting", "set", "calls", "900")
    assert [row["value"] for row in shell.json("setting", "list")][:2] == [900, 5]


def test_mature_mode_is_forbidden_and_allowed(shell: Shell) -> None:
    assert value_of(shell, "mature") == "allowed"
    assert shell.ok("setting", "set", "mature", "off") == "Set mature to off.\n"
    assert value_of(shell, "mature") == "off"
    assert shell.ok("setting", "set", "mature", "default") == "Set mature to allowed.\n"
    assert "off or allowed" in shell.sorry("setting", "set", "mature", "on")


def test_a_wrong_value_is_one_line(shell: Shell) -> None:
    assert "from 1 to 3600" in shell.sorry("setting", "set", "silence-seconds", "soon")
    assert "on or off" in shell.sorry("setting", "set", "breaker", "maybe")


def test_an_unknown_setting_names_the_command_that_lists(shell: Shell) -> None:
    assert "`aiconnect setting list`" in shell.sorry("setting", "set", "nosuch", "1")


def test_half_a_command_is_a_wrong_use(shell: Shell) -> None:
    assert shell.run("setting", "set", "calls").exit_code == 2


def test_how_long_calls_are_kept_is_a_setting(shell: Shell) -> None:
    assert shell.ok("setting", "set", "retention-days", "30") == "Set retention-days to 30.\n"
    found = row_of(shell, "retention-days")
    assert (found["value"], found["default"]) == (30, 180)
    assert shell.ok("setting", "set", "retention-days", "default").endswith(" 180.\n")
    assert shell.run("setting", "set", "retention-days", "-5").exit_code == 2
    assert shell.run("setting", "set", "retention-days", "soon").exit_code == 1


def test_texts_are_kept_only_where_that_was_set(shell: Shell) -> None:
    assert value_of(shell, "texts") == "off"
    assert shell.ok("setting", "set", "texts", "On") == "Set texts to on.\n"
    assert value_of(shell, "texts") == "on"
    assert shell.ok("setting", "set", "texts", "default") == "Set texts to off.\n"
    assert value_of(shell, "texts") == "off"
    assert "on or off" in shell.sorry("setting", "set", "texts", "maybe")
