"""The template rules of `make check` refuse what a page must not have."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

REFUSED = {
    "A001": "<script src='a.js'></script>",
    "A002": "<p onclick='go()'>text</p>",
    "A003": "<p>{{ {'a': name}['a'] | safe }}</p>",
    "A004": "<a href='javascript:go()'>text</a>",
    "A005": "<p style='color: red'>text</p>",
}


@pytest.fixture
def lint(tmp_path):
    for name in ("pyproject.toml", ".djlint_rules.yaml"):
        shutil.copy(ROOT / name, tmp_path)

    def run(template: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "page.html").write_text(template)
        command = [Path(sys.executable).with_name("djlint"), "--lint", "page.html"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("rule", REFUSED)
def test_a_template_that_breaks_a_house_rule_is_refused(lint, rule):
    done = lint(REFUSED[rule])
    assert (done.returncode, rule in done.stdout) == (1, True)


def test_the_words_of_the_rules_are_fine_as_text(lint):
    page = (
        '<p class="style">Once = on. A safe place | safe</p>{% if x %}<p>{{ safe }}</p>{% endif %}'
    )
    assert lint(f"{page}\n").returncode == 0
