"""`aiconnect collection export` and `import`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell


@pytest.fixture
def best(shell: Shell) -> Shell:
    """A shell with a connection and a collection of its two models."""
    shell.ok("connection", "add", "ollama", "--name", "near", "--model", "a,b")
    shell.ok("collection", "add", "best")
    shell.ok("collection", "put", "best", "b", "a")
    return shell


def test_a_collection_goes_out_and_comes_in(best: Shell, tmp_path: Path) -> None:
    text = best.ok("collection", "export", "best")
    assert json.loads(text) == {
        "aiconnect_collection": 1, "name": "best", "description": "",
        "models": [
            {"connection": "near", "model": one, "note": "", "parameters": {}} for one in "ba"
        ],
    }  # fmt: skip
    file = tmp_path / "best.json"
    file.write_text(text, encoding="utf-8")
    assert "near/b, near/a" in best.ok("collection", "import", str(file), "--name", "again")
    assert "best" in best.sorry("collection", "import", "-", stdin=text)
    best.ok("collection", "remove", "best")
    assert "Added best" in best.ok("collection", "import", "-", stdin=text)


def test_what_stays_out_is_said_with_the_reason(best: Shell) -> None:
    text = best.ok("collection", "export", "best").replace('"near"', '"far"', 1)
    done = best.run("collection", "import", "-", "--name", "part", stdin=text)
    assert (done.exit_code, "Left out far/b: No connection" in done.stderr) == (0, True)
    assert "far" not in best.ok("connection", "list")


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "[" * 200_000, " " * 600_000, '{"aiconnect_collection": NaN}',
        '{"aiconnect_collection": true}', '{"aiconnect_collection": 1, "name": 5}',
        '{"aiconnect_collection": 1, "name": "x", "models": {}}',
        '{"aiconnect_collection": 1, "name": "x", "models": [5]}',
        '{"aiconnect_collection": 1, "name": "x", "models": [{"connection": "a/b", "model": "c"}]}',
        '{"aiconnect_collection": 1, "name": "\\ud800", "models": []}',
        '{"aiconnect_collection": 1, "name": "x", "description": "\\u0000"}',
        ('{"aiconnect_collection": 1, "name": "x", "models": [{"connection": "near", "model": "a", '
        '"parameters": {"temperature": 1e999}}]}'),
        ('{"aiconnect_collection": 1, "name": "x", "models": [{"connection": "near", "model": "a", '
        '"parameters": {"messages": []}}]}'),
        ('{"aiconnect_collection": 1, "name": "x", "models": [{"connection": "near", "model": "a", '
        '"parameters": {"stop": ["\\ud800"]}}]}'),
        '{"aiconnect_collection": ' + "9" * 10_000 + "}",
    ],
)  # fmt: skip
def test_hostile_json_is_one_line_and_makes_nothing(shell: Shell, text: str) -> None:
    assert shell.sorry("collection", "import", "-", stdin=text)
    assert shell.json("collection", "list") == []
