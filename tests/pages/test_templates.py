"""Templates as text: short, without imports that nothing uses, every sentence through gettext."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import aiconnect

FOLDER = Path(aiconnect.__file__).parent / "templates"
EVERY = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
PAGES = [name for name in EVERY if not name.startswith(("macros/", "layout/", "help/"))]
IMPORT = re.compile(r'{% from "([^"]+)" import ([^%]+) %}')
PLAIN_WORDS = {"aiconnect", "macOS", "Windows", "Linux", "Mistral", "DeepSeek", "Together"}


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EVERY)
def test_what_a_template_imports_it_uses(name: str) -> None:
    text = source(name)
    rest = IMPORT.sub("", text)
    for _, imported in IMPORT.findall(text):
        unused = [one for one in imported.split(", ") if not re.search(rf"\b{one}\(", rest)]
        assert not unused, f"{name} does not use {unused}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_60_lines_at_most(name: str) -> None:
    assert len(source(name).splitlines()) <= 60, f"{name} wants a macro or a second page"


@pytest.mark.parametrize("name", EVERY)
def test_every_sentence_goes_through_gettext(name: str) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->", " ", source(name), flags=re.DOTALL)
    text = re.sub(
        r"<(pre|code|title)\b.*?</\1>|<a href=\"https[^>]*>.*?</a>", " ", text, flags=re.DOTALL
    )
    words = re.findall(r">([^<]*[A-Za-z]{3}[^<]*)<", re.sub(r"<[^>]+>", "><", text))
    bare = [word for word in (" ".join(one.split()) for one in words) if word]
    assert not [word for word in bare if word.split()[0] not in PLAIN_WORDS], f"{name}: {bare}"
