"""Every page, photographed on a phone and on a desk, by day and by night, into shots/."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from aiconnect import clock
from aiconnect.models import Alert, AlertChannel, AlertRule
from tests.browser.conftest import Owner, shoot
from tests.fakes.rows import Fakes
from tests.ledger import record
from tests.running import SAY, Instance, Running, until

pytestmark = pytest.mark.browser

KEY = "sk-proj-" + "a" * 40


def test_pages_without_anything_in_them(owner: Owner, page: Page) -> None:
    page.goto("/login")
    shoot(page, "login-new")
    page.goto("/setup")
    shoot(page, "setup-link")
    owner.set_up()
    for name in ("", "connections", "models", "routes", "usage", "tokens"):
        page.goto(f"/{name}")
        shoot(page, f"empty-{name or 'home'}")


def test_forms_and_their_mistakes(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.goto("/connections/new")
    shoot(page, "connections-new")
    for path in (
        "cloud/openai", "cloud/anthropic", "cloud/openrouter", "compatible/mistral",
        "compatible/azure", "local/ollama", "local/lmstudio", "local/llamacpp",
    ):  # fmt: skip
        page.goto(f"/{path}/new")
        shoot(page, path.replace("/", "-"))
    owner.connect("OpenAI", API_key=KEY)
    owner.connect("OpenAI", API_key=KEY, Name_of_this_connection="openai")
    shoot(page, "cloud-openai-mistake")
    owner.connect("Any other address")
    shoot(page, "compatible-mistake")
    for name in ("edit", "key", "remove"):
        page.goto(f"/connections/1/{name}")
        shoot(page, f"connection-{name}")
    page.goto("/tokens/new")
    shoot(page, "tokens-new")
    page.goto("/account/password")
    owner.press("Change the password")
    shoot(page, "password-mistake")


def test_pages_in_use(owner: Owner, page: Page, server: Running, fakes: Fakes) -> None:
    furnish(owner, fakes)
    secret = owner.make_token("Scrivener on the laptop")
    shoot(page, "tokens-made")
    fakes["llamacpp"].answer("Rain again.", prompt=1200, completion=340)
    page.goto("/connections/2")
    model = page.locator("table.models th[scope=row] strong").first.inner_text()
    call = {"model": f"llamacpp/{model}", **SAY}
    assert until(lambda: server.chat(secret, call).status == 200)
    assert until(lambda: page.goto("/usage") is not None and page.locator(".figures").count() == 1)
    for name in ("usage", "", "connections", "models", "tokens", "account", "tokens/1/revoke"):
        page.goto(f"/{name}")
        shoot(page, name.replace("/", "-") or "home")
    for number in (1, 2, 3, 4):
        page.goto(f"/connections/{number}")
        shoot(page, f"connection-{number}")
        owner.try_out()
        shoot(page, f"checking-{number}")
        page.reload()
        page.get_by_text("What aiconnect saw").click()
        shoot(page, f"check-{number}")


def test_pages_in_indonesian(owner: Owner, page: Page, fakes: Fakes) -> None:
    furnish(owner, fakes)
    page.set_extra_http_headers({"Accept-Language": "id"})
    for name in ("", "connections", "connections/new", "connections/1", "models", "usage",
                 "tokens/new", "account", "help", "help/network", "nothing-here"):  # fmt: skip
        page.goto(f"/{name}")
        shoot(page, f"id-{name.replace('/', '-') or 'home'}")


def test_models_to_choose_from(owner: Owner, page: Page, fakes: Fakes) -> None:
    furnish(owner, fakes)
    page.goto("/models")
    page.get_by_role("button", name="Pin ").first.click()
    page.goto("/models?where=local&sort=name")
    page.locator("details.small summary").first.click()
    shoot(page, "models-filtered")
    page.goto("/models")
    shoot(page, "models-pinned")
    page.get_by_role("button", name="Pin ").first.locator("xpath=ancestor::tr").locator(
        "summary"
    ).click()
    page.get_by_role("link", name="All about it").first.click()
    shoot(page, "model")
    page.goto("/models/picks")
    shoot(page, "models-picks")
    page.goto("/routes/new")
    page.get_by_label("Name", exact=True).fill("writer")
    owner.press("Find models")
    shoot(page, "models-many")
    page.locator("input[name=model]:enabled").first.check()
    owner.press("Take the ticked models")
    shoot(page, "routes-found")


def test_routes_and_what_becomes_of_their_steps(owner: Owner, page: Page, fakes: Fakes) -> None:
    furnish(owner, fakes)
    page.goto("/routes/new")
    shoot(page, "routes-new")
    names = page.locator("aside code").all_inner_texts()
    page.get_by_label("Name", exact=True).fill("writer")
    page.get_by_label("Models, one per line").fill("\n".join([*names[:3], "nowhere/nosuch"]))
    owner.press("Make it")
    shoot(page, "routes-mistake")
    page.get_by_label("Models, one per line").fill("\n".join(names[:3]))
    owner.press("Make it")
    first = page.locator("tbody tr").first
    first.get_by_role("link", name="Set").click()
    page.get_by_label("Seconds to wait for an answer").fill("20")
    page.get_by_label("Times to try it again").fill("0")
    shoot(page, "routes-step")
    owner.press("Save the changes")
    page.goto("/connections/2")
    owner.press("Switch it off")
    for name in ("routes", "routes/1", "routes/1/edit", "routes/1/remove", "connections/2/remove"):
        page.goto(f"/{name}")
        shoot(page, name.replace("/", "-"))


def test_collections_and_their_settings(owner: Owner, page: Page, fakes: Fakes) -> None:
    furnish(owner, fakes)
    page.goto("/routes/new")
    names = page.locator("aside code").all_inner_texts()
    page.goto("/collections/new")
    shoot(page, "collections-new")
    page.get_by_label("Name", exact=True).fill("drafting")
    page.get_by_label("What it is for").fill("First drafts, before anybody reads them")
    page.get_by_label("Models, one per line").fill("\n".join([*names[:4], "nowhere/nosuch"]))
    owner.press("Make it")
    shoot(page, "collections-mistake")
    page.get_by_label("Models, one per line").fill("\n".join(names[:4]))
    owner.press("Make it")
    page.locator("tbody tr").nth(1).get_by_role("link", name="Change").click()
    page.get_by_label("Temperature").fill("0.9")
    page.get_by_label("Longest answer, in tokens").fill("4000")
    page.get_by_label("Note").fill("Cheap, and keeps the voice")
    shoot(page, "collections-settings")
    owner.press("Save the settings")
    page.locator("tbody tr").nth(2).get_by_role("button", name="up").click()
    page.goto("/connections/2")
    owner.press("Switch it off")
    page.goto("/collections")
    shoot(page, "collections")
    page.get_by_role("link", name="drafting").click()
    shoot(page, "collection")
    here = page.url
    for name in ("edit", "duplicate", "remove"):
        page.goto(f"{here}/{name}")
        shoot(page, f"collection-{name}")
    page.goto("/collections/import")
    shoot(page, "collections-import")


def test_settings_and_what_is_left_alone(
    owner: Owner, page: Page, server: Running, fakes: Fakes
) -> None:
    furnish(owner, fakes)
    secret = owner.make_token("Scrivener on the laptop")
    page.goto("/settings/calls")
    page.get_by_label("Calls at the same time").fill("100000")
    owner.press("Save the change")
    shoot(page, "settings-mistake")
    page.goto("/settings/breaker")
    page.get_by_label("On", exact=True).check()
    shoot(page, "settings-breaker")
    owner.press("Save the change")
    shoot(page, "settings")
    page.goto("/settings/ledger")
    shoot(page, "settings-ledger")
    page.goto("/settings/retention-days")
    shoot(page, "settings-retention")
    page.goto("/connections/2")
    model = page.locator("table.models th[scope=row] strong").first.inner_text()
    fakes["llamacpp"].refuse_key()
    again = page.get_by_role("button", name="Try it now")

    def is_left_alone() -> bool:
        server.chat(secret, {"model": f"llamacpp/{model}", **SAY})
        page.goto("/connections/2")
        return again.count() == 1

    assert until(is_left_alone)
    for name in ("", "connections", "connections/2"):
        page.goto(f"/{name}")
        shoot(page, f"alone-{name.replace('/', '-') or 'home'}")
    again.click()
    assert again.count() == 0


def test_budgets_and_the_freeze(
    owner: Owner, page: Page, server: Running, instance: Instance, fakes: Fakes
) -> None:
    furnish(owner, fakes)
    owner.make_token("Scrivener on the laptop")
    page.goto("/budgets")
    shoot(page, "empty-budgets")
    page.goto("/budgets/new")
    shoot(page, "budgets-new")
    owner.press("Set it")
    shoot(page, "budgets-mistake")
    spend(instance)
    for name, limit, target, kind in (
        ("everything", "120", "team", "Stop"), ("scrivener", "20", "token:1", "Stop"),
        ("openai", "40", "connection:1", "Warn"), ("nothing-yet", "5", "person:1", "Stop"),
    ):  # fmt: skip
        page.goto("/budgets/new")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Limit in US dollars").fill(limit)
        page.get_by_label("What it counts").select_option(target)
        page.get_by_role("radio", name=kind).check()
        owner.press("Set it")
    page.goto("/tokens/1/revoke")
    owner.press("Revoke")
    for name in ("budgets", "budgets/1", "budgets/3", "budgets/1/edit", "budgets/1/remove",
                 "budgets/freeze", "help/budgets", ""):  # fmt: skip
        page.goto(f"/{name}")
        shoot(page, f"budget-{name.replace('/', '-') or 'home'}")
    page.goto("/budgets/freeze")
    owner.press("Freeze spending")
    shoot(page, "budgets-frozen")
    page.goto("/")
    shoot(page, "home-frozen")


def spend(instance: Instance) -> None:
    """Calls of this month that cost something, and one that cost more than was held."""
    with instance.session() as session:
        usual = {"at": clock.now(), "cost_state": "measured", "connection_id": 1, "person_id": 2}
        costs = ((41_270_000_000, 1), (3_900_000, None), (9_250_000_000, None))
        for number, (cost, held) in enumerate(costs, 1):
            row = record(
                **usual,
                cost=cost,
                held=held,
                seq=number,
                connection="openai",
                model=f"gpt-{number}",
            )
            session.add(row)
        session.commit()


def test_alerts_and_what_is_watched(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    page.goto("/alerts")
    shoot(page, "empty-alerts")
    with instance.session() as session:
        session.add_all(some_alerts())
        session.commit()
    page.goto("/alerts")
    shoot(page, "alerts")
    page.get_by_role("button", name="Put it away").first.click()
    page.goto("/alerts/rules")
    shoot(page, "alerts-rules")
    page.goto("/alerts/rules/errors")
    shoot(page, "alerts-rule")
    with instance.session() as session:  # somebody else, meanwhile
        session.add(AlertRule(kind="errors", enabled=False, made_at=clock.now()))
        session.commit()
    owner.press("Save the changes")
    expect(page.get_by_role("alert")).to_contain_text("changed this rule meanwhile")
    shoot(page, "alerts-rule-conflict")
    page.goto("/help/alerts")
    shoot(page, "help-alerts")


def test_where_alerts_are_told(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    page.goto("/alerts/channels")
    shoot(page, "empty-alerts-channels")
    page.goto("/alerts/channels/new/mail")
    shoot(page, "alerts-mail-new")
    page.get_by_label("Name", exact=True).fill("desk")
    page.get_by_label("Mail address").fill("desk@writers.example")
    owner.press("Add it")
    page.goto("/alerts/channels/new/webhook")
    owner.press("Add it")
    shoot(page, "alerts-webhook-mistake")
    page.get_by_label("Name", exact=True).fill("chat of the team")
    page.get_by_label("Address of the webhook").fill("http://127.0.0.1:9/hooks/a-secret-word")
    page.get_by_label("Allow private addresses").check()
    page.get_by_text("Quiet hours").click()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_label("Quiet until").fill("07:00")
    owner.press("Add it")
    shoot(page, "alerts-secret")
    page.get_by_role("link", name="I have copied it").click()
    owner.press("Send a test")
    shoot(page, "alerts-channel")
    with instance.session() as session:
        session.execute(update(AlertChannel).values(digest=True))
        session.commit()
    owner.press("Save the changes")
    expect(page.get_by_role("alert")).to_contain_text("changed this channel meanwhile")
    shoot(page, "alerts-channel-conflict")
    page.goto("/alerts/channels/1/remove")
    shoot(page, "alerts-channel-remove")
    page.goto("/alerts/channels")
    shoot(page, "alerts-channels")


def some_alerts() -> list[Alert]:
    """Open ones of several kinds, and one that is over."""
    now = clock.now()
    told: tuple[tuple[str, dict[str, str]], ...] = (
        ("budget", {"case": "hard", "name": "team", "spent": "50000000000",
                    "limit": "50000000000", "path": "/budgets"}),
        ("spend", {"case": "jump", "spent": "18420000000", "usual": "4100000000"}),
        ("models", {"case": "gone", "model": "openai/gpt-6-mini", "path": "/models",
                    "collections": "drafting, second readings"}),
        ("key", {"case": "old", "connection": "openai", "days": "191", "path": "/connections"}),
        ("errors", {"case": "failing", "connection": "groq", "failed": "17", "calls": "20"}),
    )  # fmt: skip
    found = [
        Alert(kind=kind, subject=f"{kind}:{n}", facts=facts, opened_at=now - timedelta(hours=n))
        for n, (kind, facts) in enumerate(told, 1)
    ]
    found[-1].resolved_at = now - timedelta(minutes=12)
    return found


def test_help_and_what_goes_wrong(owner: Owner, page: Page) -> None:
    page.goto("/help")
    shoot(page, "help")
    owner.set_up()
    page.goto("/help")
    paths = [link.get_attribute("href") or "" for link in page.locator(".options a").all()]
    for path in paths:
        page.goto(path)
        shoot(page, path.strip("/").replace("/", "-"))
    for path in ("help/findings", "local/find", "jobs", "oauth/openrouter", "nowhere"):
        page.goto(f"/{path}")
        shoot(page, path.replace("/", "-"))
    page.goto("/local/find")
    owner.press("Look now")
    shoot(page, "local-found")
    owner.press("Sign out")
    shoot(page, "login")
    page.goto("/login?code=of-a-link")
    shoot(page, "login-link")


def test_the_settings_of_programs_and_one_s_own(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.goto("/help/programs")
    shoot(page, "help-programs")
    paths = [link.get_attribute("href") or "" for link in page.locator(".options a").all()]
    for path in paths:
        page.goto(path)
        shoot(page, path.strip("/").replace("/", "-"))
    page.goto("/account")
    page.get_by_label("Time zone").fill("Indiana")
    owner.press("Keep this choice")
    shoot(page, "account-mistake")


def test_paper_is_white_and_ink_dark_whoever_chose_what(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.goto("/account")
    page.get_by_label("dark", exact=True).check()
    owner.press("Keep this choice")
    ink = "getComputedStyle(document.querySelector('h1')).color"
    assert page.evaluate(ink) == "rgb(231, 230, 224)"
    page.emulate_media(media="print")
    assert page.evaluate(ink) == "rgb(26, 33, 37)"


def furnish(owner: Owner, fakes: Fakes) -> None:
    """One connection that is refused, two that work, one that is dead."""
    owner.set_up()
    fakes["openai"].refuse_key()
    owner.connect("OpenAI", API_key=KEY)
    owner.try_out()
    owner.connect("llama.cpp")
    owner.try_out()
    owner.connect("Ollama", Name_of_this_connection="studio-ollama")
    owner.try_out()
    owner.connect("LM Studio", Address="http://localhost:9")
    owner.try_out()
