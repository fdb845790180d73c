"""Pages on PostgreSQL, and pages while the database is away."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter

from aiconnect.models import Connection, Person
from aiconnect.services import audit, connections
from aiconnect.services.vault import Vault
from tests.cluster import Cluster
from tests.ledger import add, record
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers

PAGES = (
    "/", "/connections", "/connections/new", "/models", "/tokens", "/usage", "/account", "/help",
    "/jobs", "/cloud/openai/new", "/compatible/compatible/new", "/local/ollama/new", "/tokens/new",
)  # fmt: skip
SEARCHES = ("/models?q=", "/models?connection=", "/usage?since=", "/connections/", "/help/")
HOSTILE = {
    "long": "x" * 5000, "nul": "a\0b", "quotes": "' OR 1=1 --", "patterns": "%_\\%",
    "wide": "é😀" * 90, "number": "9" * 30,
}  # fmt: skip


@pytest.fixture
def connection(session: Session, vault: Vault, rows: object) -> Connection:
    draft = connections.Draft("ollama", models=("llama:latest", "b"))
    return connections.add(session, audit.SYSTEM, draft, rows=rows, vault=vault)  # type: ignore[arg-type]


@pytest.mark.on_both
def test_every_page_opens(
    browse: Browsers, alice: Person, session: Session, connection: Connection
) -> None:
    add(session, record(), record(connection="other"))
    reader = browse.as_(alice)
    pages = (*PAGES, f"/connections/{connection.id}", f"/connections/{connection.id}/edit")
    assert {path: reader.get(path).status for path in pages} == dict.fromkeys(pages, 200)


@pytest.mark.on_both
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_typed_is_answered(
    browse: Browsers, alice: Person, connection: Connection, text: str
) -> None:
    """PostgreSQL takes no NUL, and not more than a column holds."""
    anyone, reader = browse.anyone(), browse.as_(alice)
    assert anyone.sign_in(text, text).status < 500
    for path in SEARCHES:
        assert reader.get(path + quote(text)).status < 500, path
    for path in (*PAGES, f"/connections/{connection.id}/edit"):
        fill_in(reader, path, text)


def fill_in(reader: Browse, path: str, text: str) -> None:
    """Send every form of a page with every field as this text."""
    for form in reader.get(path).forms:
        if form.method != "post" or "logout" in form.action:
            continue
        typed = {name: text for name in form.fields if name != "csrf_token"}
        answer = reader.send(form.action, {**form.fields, **typed})
        assert answer.status < 500, f"{path}: {form.action}"


@pytest.mark.on_both
@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_answered(
    browse: Browsers, alice: Person, number: int
) -> None:
    reader, site = browse.as_(alice), browse.site
    for rule in site.url_map.iter_rules():
        if not any(isinstance(one, IntegerConverter) for one in rule._converters.values()):
            continue
        path = re.sub(r"<int[^>]*>", str(number), rule.rule)
        path = re.sub(r"<[^>]*>", "x", path)
        ways = {"GET": reader.get, "POST": reader.post}
        for method in sorted((rule.methods or set()) & set(ways)):
            assert ways[method](path).status < 500, (method, path)


@pytest.mark.on_both
def test_a_browser_with_a_hostile_name_signs_in(browse: Browsers, alice: Person) -> None:
    one = browse.anyone()
    one.client.environ_base["HTTP_USER_AGENT"] = "M" * 5000
    assert browse.as_(alice).get("/account").status == 200


@pytest.mark.on_postgresql
def test_a_page_says_that_the_database_is_away_and_comes_back(
    browse: Browsers, alice: Person, engine: Engine, cluster: Cluster
) -> None:
    reader = browse.as_(alice)
    assert reader.get("/").status == 200
    cluster.stop(at_once=True)
    try:
        for path in ("/", "/login", "/models", "/no-such-page"):
            page = reader.get(path)
            assert page.status == 503, path
            assert page.h1 == "The database does not answer"
            assert page.response.headers["Retry-After"]
            assert "psycopg" not in page.html
            assert "aiconnect doctor" in page.text
        assert reader.get("/static/style.css").status == 200
    finally:
        cluster.start()
    engine.dispose()
    assert reader.get("/").status == 200
