"""The page that looks for model servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from aiconnect.providers.spec import Provider
from tests.fakes import Fakes


@pytest.fixture
def rows(fakes: Fakes, rows: Mapping[str, Provider]) -> dict[str, Provider]:
    usual = {"ollama": (fakes["ollama"].url,), "lmstudio": ("http://nowhere.invalid:1234",)}
    return {slug: replace(row, usual_urls=usual.get(slug, ())) for slug, row in rows.items()}


def test_nothing_is_called_before_the_button(browse, member, fakes):
    page = browse.as_(member).get("/local/find")
    assert fakes["ollama"].url in page.text
    assert not fakes["ollama"].requests


def test_what_was_found_can_be_connected_with_its_address(browse, alice, fakes):
    url = fakes["ollama"].url
    found = browse.as_(alice).get("/local/find").press("Look now")
    assert found.h1 == "1 model server found"
    link = next(one for one in found.links if one.startswith("/local/ollama/new"))
    form = found.browse.get(link).form("Save")
    assert form.fields["url"] == url


def test_what_was_not_found_says_why(browse, alice):
    found = browse.as_(alice).get("/local/find").press("Look now")
    assert "http://nowhere.invalid:1234" in found.text
    assert "no machine called nowhere.invalid" in found.text


def test_a_viewer_does_not_look(browse, bob):
    assert browse.as_(bob).get("/local/find").status == 403


def test_where_a_personal_connection_leads_is_not_told_to_an_admin(browse, member, admin, fakes):
    hers = browse.as_(member)
    form = hers.get("/local/ollama/new")
    form.press("Save", url=fakes["ollama"].url, name="hers").follow()
    assert "hers" in hers.get("/local/find").press("Look now").text
    found = browse.as_(admin).get("/local/find").press("Look now")
    assert "hers" not in found.text
