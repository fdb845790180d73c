"""Pages in English and Indonesian: who gets which, and that nothing is left in the other one."""

from __future__ import annotations

import gettext
import importlib.machinery
import importlib.util
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import aiconnect
from aiconnect import clock
from aiconnect.blueprints import filters
from aiconnect.blueprints.help import programs
from aiconnect.blueprints.limiting import WORDS
from aiconnect.models import Connection, Person
from aiconnect.services import audit, connections
from aiconnect.services.vault import Vault
from tests.ledger import add, record
from tests.pages.browse import Page
from tests.pages.conftest import Browsers

ROOT = Path(aiconnect.__file__).parent.parent
FOLDER = ROOT / "aiconnect/translations"
INDONESIAN = {"Accept-Language": "id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7"}
with (FOLDER / "id/LC_MESSAGES/messages.mo").open("rb") as compiled:
    CATALOGUE: dict[str, str] = dict(gettext.GNUTranslations(compiled)._catalog)  # type: ignore[attr-defined]
CATALOGUE.pop("")
HELP = sorted(path.stem for path in (ROOT / "aiconnect/templates/help").glob("*.html"))
TOPICS = [one for one in HELP if one not in {"index", "page", "program", "provider"}]
PROGRAMS = [f"programs/{one}" for one in sorted(programs.PROGRAMS)]


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """tools/messages, which has no ending by which Python would find it."""
    loader = importlib.machinery.SourceFileLoader("messages", str(ROOT / "tools/messages"))
    spec = importlib.util.spec_from_loader("messages", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def connection(session: Session, vault: Vault, rows: object) -> Connection:
    draft = connections.Draft("ollama", models=("llama:latest", "b"))
    return connections.add(session, audit.SYSTEM, draft, rows=rows, vault=vault)  # type: ignore[arg-type]


def language(page: Page) -> str:
    return page.all("html")[0].get("lang", "")


def english_in(page: Page) -> set[str]:
    """Sentences of this page that have an Indonesian wording and do not show it."""
    body = page.all("body")[0]
    return {text for text in texts(body) if CATALOGUE.get(text, text) != text}


def texts(one: Element) -> Iterator[str]:
    """What stands between the tags, and what only some readers are told; no program's text."""
    if one.tag in {"code", "pre", "kbd"} or one.get("lang") == "en":
        return
    for text in (one.text, one.get("aria-label"), one.get("title"), one.get("placeholder")):
        yield " ".join((text or "").split())
    for child in one:
        yield from texts(child)
        yield " ".join((child.tail or "").split())


# --- who gets which ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "spoken"),
    [
        ("id", "id"),
        ("id-ID,id;q=0.9,en;q=0.8", "id"),
        ("in-ID", "id"),  # what Java and old Androids call it
        ("en;q=0.5,id;q=0.9", "id"),
        ("en-GB,id;q=0.9", "en"),
        ("de,fr;q=0.5", "en"),
        ("de,id;q=0.5", "id"),
        ("id;q=0", "en"),
        ("id_ID", "id"),
        ("*", "en"),
        ("", "en"),
        (";;q=x,\\,id;q=nan" + "," * 3000, "en"),
    ],
)
def test_before_the_sign_in_the_browser_says_which(
    browse: Browsers, wish: str, spoken: str
) -> None:
    page = browse.anyone().get("/login", {"Accept-Language": wish})
    assert (page.status, language(page)) == (200, spoken)
    assert page.h1 == {"en": "Sign in", "id": "Masuk"}[spoken]


@pytest.mark.on_both
def test_who_chose_a_language_gets_it_whatever_the_browser_says(
    browse: Browsers, alice: Person, session: Session
) -> None:
    hers = browse.as_(alice)
    assert language(hers.get("/", INDONESIAN)) == "id"  # chose none
    for chosen, other in (("id", {}), ("en", INDONESIAN)):
        alice.language = chosen
        session.commit()
        assert language(hers.get("/", other)) == chosen
        assert language(hers.get("/help", other)) == chosen, "a page for anyone"
        assert language(hers.get("/nothing-here", other)) == chosen, "no page at all"


def test_a_language_that_is_spoken_no_more_is_as_none_chosen(
    browse: Browsers, alice: Person, session: Session
) -> None:
    hers = browse.as_(alice)
    alice.language = "xx"
    session.commit()
    assert language(hers.get("/", INDONESIAN)) == "id"


def test_people_do_not_get_each_others_language(
    browse: Browsers, alice: Person, bob: Person, session: Session
) -> None:
    alice.language = "id"
    session.commit()
    hers, his = browse.as_(alice), browse.as_(bob)
    assert [language(one.get("/")) for one in (hers, his, hers, his)] == ["id", "en", "id", "en"]


# --- nothing is left --------------------------------------------------------------------------


def test_no_page_leaves_a_sentence_in_english(
    site: Flask, browse: Browsers, alice: Person, session: Session, connection: Connection
) -> None:
    add(session, record(), record(connection="other"))
    reader, left = browse.as_(alice), {}
    for path in plain_paths(site):
        page = reader.get(path, INDONESIAN)
        if page.tree is not None:
            left[path] = (language(page), english_in(page))
    assert len(left) > 20
    assert left == dict.fromkeys(left, ("id", set()))


def plain_paths(site: Flask) -> list[str]:
    """Every page whose address has nothing to fill in."""
    rules = [one for one in site.url_map.iter_rules() if "GET" in (one.methods or ())]
    families = ["/cloud/openai/new", "/compatible/compatible/new", "/local/ollama/new"]
    return sorted({one.rule for one in rules if not one.arguments} | {"/nowhere", *families})


@pytest.mark.parametrize("topic", [*TOPICS, *PROGRAMS])
def test_a_page_of_help_leaves_no_sentence_in_english(browse: Browsers, topic: str) -> None:
    page = browse.anyone().get(f"/help/{topic}", INDONESIAN)
    assert (page.status, language(page)) == (200, "id")
    assert english_in(page) == set()


def test_a_connection_leaves_no_sentence_in_english(
    browse: Browsers, alice: Person, connection: Connection
) -> None:
    for path in ("", "/edit", "/remove"):
        page = browse.as_(alice).get(f"/connections/{connection.id}{path}", INDONESIAN)
        assert (page.status, english_in(page)) == (200, set()), path


def test_mistakes_in_a_form_are_told_in_the_readers_language(
    browse: Browsers, alice: Person
) -> None:
    form = browse.anyone().get("/login", INDONESIAN).form("Masuk")
    reader = browse.as_(alice)
    token = reader.get("/tokens/new").forms[-1].fields["csrf_token"]
    empty = browse.anyone()
    csrf = empty.get("/login", INDONESIAN).form("Masuk").fields["csrf_token"]
    wrong = empty.send("/login", {"csrf_token": csrf, "email": ""}, INDONESIAN)
    assert form.action
    assert wrong.problems == [CATALOGUE["Enter your email"], CATALOGUE["Enter your password"]]
    assert wrong.title.startswith(CATALOGUE["Error: "])
    unnamed = reader.send("/tokens/new", {"csrf_token": token, "lasts": "no such"}, INDONESIAN)
    assert unnamed.status == 422
    assert not [one for one in unnamed.problems if one in CATALOGUE]


def test_error_pages_are_in_the_readers_language(browse: Browsers, alice: Person) -> None:
    page = browse.as_(alice).get("/nothing-here", INDONESIAN)
    assert (page.status, page.h1) == (404, CATALOGUE["There is no such page"])
    old = browse.anyone().send("/login", {"csrf_token": "old"}, INDONESIAN)
    assert (old.status, old.h1) == (400, CATALOGUE["This form is too old to be sent"])


# --- numbers, money, times --------------------------------------------------------------------


def spoken(site: Flask, wish: str) -> dict[str, str]:
    with site.test_request_context("/", headers={"Accept-Language": wish}):
        return {
            "number": filters.number(1204),
            "thousands": filters.number(1234567),
            "millions": filters.short(31_200_000),
            "billions": filters.short(4_500_000_000),
            "percent": filters.percent(0.978),
            "money": filters.money(Decimal("1041.27")),
            "little": filters.money(Decimal("0.0039")),
            "free": filters.money(Decimal(0)),
            "unknown": filters.money(None),
            "debt": filters.dollars(Decimal("-2.5")),
            "nothing": filters.dollars(Decimal(0)),
            "size": filters.size(4_700_000_000),
            "one": WORDS["parallel"](1),
            "two": WORDS["parallel"](2),
        }


def test_numbers_and_money_are_written_as_the_language_does(site: Flask) -> None:
    assert spoken(site, "en") == {
        "number": "1,204",
        "thousands": "1,234,567",
        "millions": "31.2 M",
        "billions": "4.5 G",
        "percent": "97.8%",
        "money": "$1,041.27",
        "little": "$0.0039",
        "free": "Free",
        "unknown": "Unknown",
        "debt": "-$2.50",
        "nothing": "$0.00",
        "size": "4.7 GB",
        "one": "1 call at once",
        "two": "2 calls at once",
    }
    assert spoken(site, "id") == {
        "number": "1.204",
        "thousands": "1.234.567",
        "millions": "31,2 jt",
        "billions": "4,5 M",  # miliar
        "percent": "97,8%",
        "money": "US$1.041,27",
        "little": "US$0,0039",
        "free": "Gratis",
        "unknown": "Tidak diketahui",
        "debt": "-US$2,50",
        "nothing": "US$0,00",
        "size": "4,7 GB",
        "one": "1 panggilan sekaligus",
        "two": "2 panggilan sekaligus",
    }


def test_a_template_is_compiled_for_readers_of_every_language(site: Flask) -> None:
    template = site.jinja_env.from_string("{{ 1204|number }}, {{ none|money }}")
    said = []
    for wish in ("en", "id", "en"):
        with site.test_request_context("/", headers={"Accept-Language": wish}):
            said.append(template.render())
    assert said == ["1,204, Unknown", "1.204, Tidak diketahui", "1,204, Unknown"]


def test_times_are_written_as_the_language_does(site: Flask) -> None:
    now = clock.now()
    moment = now.replace(year=now.year - 1, month=8, day=17, hour=14, minute=7, second=9)
    times = {}
    for wish in ("en", "id"):
        with site.test_request_context("/", headers={"Accept-Language": wish}):
            shown = [filters.exact(moment), filters.at(now), filters.when(None)]
            shown += [filters.when(now - timedelta(minutes=4, seconds=5))]
            times[wish] = [re.sub("<[^>]*>", "", one) for one in shown]
    year = moment.year
    assert times["en"][0] == f"17 August {year}, 14:07:09 UTC"
    assert times["id"][0] == f"17 Agustus {year}, 14.07.09 UTC"
    assert times["en"][1] == f"today {now:%H:%M}"
    assert times["id"][1] == f"hari ini {now:%H.%M}"
    assert [times[wish][2:] for wish in times] == [
        ["never", "4 min ago"],
        ["belum pernah", "4 mnt lalu"],
    ]


# --- the catalogue ----------------------------------------------------------------------------

SOUND = """
msgid ""
msgstr ""
"Language: id\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

#, python-format
msgid "%(name)s is off: write `on`."
msgstr "%(name)s mati: tulis `on`."

#, python-format
msgid "%(count)s call"
msgid_plural "%(count)s calls"
msgstr[0] "%(count)s panggilan"
"""


def faults(messages: ModuleType, po: str) -> list[str]:
    return list(messages.lacks(messages.read(SOUND), messages.read(po, "id")))


def test_a_whole_catalogue_has_no_faults(messages: ModuleType) -> None:
    assert faults(messages, SOUND) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"%(name)s mati: tulis `on`."', '""', "is not translated"),
        ("#, python-format\nmsgid \"%(name)s is", "#, fuzzy\nmsgid \"%(name)s is", "is fuzzy"),
        ("%(name)s mati", "%(nama)s mati", "has other places"),
        ("%(name)s mati", "mati", "has other places"),
        ("tulis `on`", "tulis `hidup`", "has other places"),
        ("%(count)s panggilan", "panggilan", "has other places"),
        ('"%(name)s is off', '"%(name)s was off', "is missing"),
        ('msgstr[0] "%(count)s panggilan"', 'msgstr[0] ""', "is not translated"),
    ],
)  # fmt: skip
def test_a_translation_with_a_fault_is_found(
    messages: ModuleType, before: str, after: str, fault: str
) -> None:
    assert before in SOUND
    found = faults(messages, SOUND.replace(before, after))
    assert len(found) == 1
    assert fault in found[0]


def test_a_compiled_catalogue_is_the_same_every_time(messages: ModuleType) -> None:
    text = (FOLDER / "id/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    assert messages.compiled(messages.read(text, "id")) == messages.compiled(
        messages.read(text, "id")
    )
