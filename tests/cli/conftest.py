"""Commands run as an operator would, on an instance of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aiconnect.cli import main

PASSWORD = "correct horse battery"


class Shell:
    """Runs `aiconnect WORDS`; `ok` and `sorry` also say how it must end."""

    def __init__(self, instance: Path, environ: Mapping[str, str] | None = None) -> None:
        self.instance = instance
        self._environ = {**(environ or {}), "AICONNECT_INSTANCE": str(instance)}

    def run(self, *words: str, stdin: str = "", **environ: str) -> Result:
        runner = CliRunner(env={**self._environ, **environ})
        return runner.invoke(main, words, input=stdin)

    def ok(self, *words: str, stdin: str = "", **environ: str) -> str:
        result = self.run(*words, stdin=stdin, **environ)
        assert result.exit_code == 0, result.output
        return result.stdout

    def sorry(self, *words: str, stdin: str = "", **environ: str) -> str:
        """The one line that a refusal is."""
        result = self.run(*words, stdin=stdin, **environ)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        (line,) = result.stderr.splitlines()
        return line

    def json(self, *words: str, **environ: str) -> Any:
        return json.loads(self.ok(*words, "--json", **environ))

    def add_user(self, email: str = "alice@example.org", *more: str) -> None:
        self.ok("user", "add", email, *more, stdin=f"{PASSWORD}\n")


@pytest.fixture
def shell(instance: Path, environ: dict[str, str]) -> Shell:
    return Shell(instance, environ)
