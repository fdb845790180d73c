"""What the help tells people to copy, run as they would run it."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anthropic
import html5lib
import openai
import pytest

from aiconnect.blueprints.help.programs import PLACEHOLDER
from aiconnect.blueprints.programs import ANY_MODEL
from tests.contract.conftest import Gate
from tests.fakes.rows import Fakes

MODEL = "named/two"
SAID = "Rain again."
CLIENTS = Path(__file__).parent / "javascript"
ASKED = [{"role": "user", "content": "One line about rain."}]

Blocks = Callable[[str], list[str]]


@pytest.fixture
def blocks(gate: Gate, fakes: Fakes) -> Blocks:
    """The code of a page, with an access token and a model where they are to be filled in."""
    fakes["compatible"].answer(SAID)

    def read(program: str) -> list[str]:
        reply = gate.server.get(f"/help/programs/{program}")
        assert reply.status == 200
        tree = html5lib.parse(reply.body.decode(), namespaceHTMLElements=False)
        texts = ["".join(one.itertext()) for one in tree.iter("pre")]
        return [one.replace(PLACEHOLDER, gate.token).replace(ANY_MODEL, MODEL) for one in texts]

    return read


@pytest.mark.parametrize("program", ["openai-python", "anthropic", "ollama"])
def test_the_python_of_the_page_prints_an_answer(blocks: Blocks, program: str) -> None:
    (code,) = [one for one in blocks(program) if one.startswith("from ")]
    printed, names = StringIO(), dict[str, Any]()
    with redirect_stdout(printed):
        exec(code, names)  # noqa: S102  # our own page's, as whoever copies it runs it
    names["client"].close()
    assert printed.getvalue().strip() == SAID


@pytest.mark.node
@pytest.mark.parametrize("program", ["openai-js", "anthropic", "ollama"])
def test_the_javascript_of_the_page_prints_an_answer(
    blocks: Blocks, program: str, tmp_path: Path
) -> None:
    (code,) = [one for one in blocks(program) if one.startswith("import ")]
    (tmp_path / "rain.mjs").write_text(code, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    done = subprocess.run(
        ["node", "rain.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == (SAID, "")


def test_each_line_for_curl_is_answered(blocks: Blocks, gate: Gate) -> None:
    lines = [shlex.split(one.replace("\\\n", "")) for one in blocks("curl")]
    answers = [_curl(gate, line) for line in lines]
    assert [answer.status for answer in answers] == [200] * 4
    assert MODEL in [one["id"] for one in answers[0].json["data"]]
    assert [SAID in answer.body.decode() for answer in answers[1:]] == [True] * 3


def _curl(gate: Gate, line: list[str]) -> Any:
    """Ask as curl would: an address, headers, perhaps a body."""
    assert line[0] == "curl"
    assert line[1].startswith(gate.server.url)
    options = list(zip(line[2::2], line[3::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    body = next((value.encode() for option, value in options if option == "-d"), None)
    return gate.server.ask("POST" if body else "GET", urlsplit(line[1]).path, body, headers)


def test_the_variables_of_claude_code_lead_here(blocks: Blocks) -> None:
    as_file, as_lines = blocks("claude-code")
    env = json.loads(as_file)["env"]
    exported = dict(shlex.split(one)[1].split("=", 1) for one in as_lines.splitlines()[:4])
    assert exported == env
    url, token = env["ANTHROPIC_BASE_URL"], env["ANTHROPIC_AUTH_TOKEN"]
    with anthropic.Anthropic(base_url=url, auth_token=token, api_key=None) as client:
        answer = client.messages.create(
            model=env["ANTHROPIC_MODEL"], max_tokens=100, messages=ASKED
        )
    assert answer.content[0].text == SAID


def test_the_settings_of_zed_lead_here(blocks: Blocks) -> None:
    as_file, as_variable = blocks("zed")
    (row,) = json.loads(as_file)["language_models"]["openai_compatible"].values()
    token = shlex.split(as_variable)[1].split("=", 1)[1]
    with openai.OpenAI(base_url=row["api_url"], api_key=token) as client:
        answer = client.chat.completions.create(
            model=row["available_models"][0]["name"], messages=ASKED
        )
    assert answer.choices[0].message.content == SAID


@pytest.mark.parametrize("program", ["open-webui", "continue", "openai-js", "openai-python"])
def test_what_is_set_elsewhere_names_this_server(blocks: Blocks, gate: Gate, program: str) -> None:
    assert any(f"{gate.server.url}/v1" in one for one in blocks(program))
