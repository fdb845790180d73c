"""Alerts in pages: banners, what is open and was, rules, channels and their tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Alert, AlertChannel, AlertRule, Connection, Person, State
from aiconnect.secret import Secret
from aiconnect.services import alerts
from aiconnect.services.alerts import rules
from aiconnect.services.audit import SYSTEM
from aiconnect.settings import MailServer, Settings
from tests.hook import Hook
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers, Build
from tests.pages.connected import add
from tests.post_office import PostOffice


@pytest.fixture
def connection(browse: Browsers, session: Session) -> Connection:
    return add(browse, session, "ollama", name="near")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as found:
        yield found


def look(session: Session, settings: Settings) -> None:
    alerts.look(alerts.Sight(session, settings, clock.now()))


def breaks(session: Session, settings: Settings, connection: Connection) -> None:
    rules.change(session, SYSTEM, "disk", {"megabytes": 50}, enabled=False)
    connection.state, connection.state_since = State.UNREACHABLE, clock.now() - timedelta(hours=1)
    session.commit()
    look(session, settings)


def banners(page: Page) -> list[str]:
    """The headings of the notices before the page's own."""
    found = []
    for one in page.all("main")[0].iter():
        if one.tag == "h1":
            break
        if one.tag == "h2":
            found.append("".join(one.itertext()).strip())
    return found


def test_without_any_alert_the_page_says_what_is_watched(hers: Browse) -> None:
    page = hers.get("/alerts")
    assert "Nothing to tell" in page.text
    assert "/alerts/channels" in page.links


def test_an_alert_is_on_every_page_until_somebody_puts_it_away(
    hers: Browse, browse: Browsers, session: Session, settings: Settings, connection: Connection,
    member: Person, bob: Person,
) -> None:  # fmt: skip
    breaks(session, settings, connection)
    page = hers.get("/tokens")
    assert banners(page) == ["near cannot be reached"]
    assert f"/connections/{connection.id}" in page.links
    assert banners(browse.as_(bob).get("/tokens")) == []  # who only looks cannot act on it
    back = page.press("Put it away").follow()
    assert back.url.startswith("/tokens")
    assert banners(browse.as_(member).get("/tokens")) == []
    assert "put away by alice" in hers.get("/alerts").text
    assert "near cannot be reached" in browse.as_(bob).get("/alerts").text


def test_what_is_over_is_kept_below(
    hers: Browse, session: Session, settings: Settings, connection: Connection
) -> None:
    breaks(session, settings, connection)
    connection.state = State.CONNECTED
    session.commit()
    look(session, settings)
    page = hers.get("/alerts")
    assert "Nothing is open now" in page.text
    assert "What is over" in page.text
    assert "near cannot be reached" in page.text


def test_a_limit_of_nothing_is_no_price(hers: Browse, session: Session) -> None:
    hers.get("/alerts")
    facts = {"case": "hard", "name": "none", "spent": str(10**9), "limit": "0"}
    session.add(Alert(kind="budget", subject="budget:1", opened_at=clock.now(), facts=facts))
    session.commit()
    assert "$1.00 of $0.00 are spent" in hers.get("/alerts").text


def test_many_alerts_do_not_push_the_page_away(hers: Browse, session: Session) -> None:
    hers.get("/alerts")
    session.add_all(
        Alert(kind="key", subject=f"key:{n}", opened_at=clock.now(),
              facts={"case": "old", "connection": f"c{n}", "days": "200"})
        for n in range(9)
    )  # fmt: skip
    session.commit()
    assert len(banners(hers.get("/tokens"))) == 4
    assert "6 more alerts are open" in hers.get("/tokens").text


def test_facts_of_another_version_break_no_page(hers: Browse, session: Session) -> None:
    odd: tuple[dict[str, str], ...] = (
        {},
        {"case": "nosuch"},
        {"case": "failing"},
        {"case": "old", "days": "<b>many</b>"},
    )
    session.add_all(
        Alert(kind=kind, subject=f"x:{n}{kind}", opened_at=clock.now(), facts=dict(facts))
        for n, facts in enumerate(odd)
        for kind in ("errors", "key", "of tomorrow")
    )
    session.commit()
    page = hers.get("/alerts")
    assert page.status == 200
    assert "<b>many</b>" not in page.html


def test_where_putting_away_leads_back_is_a_page_of_ours(
    hers: Browse, session: Session, settings: Settings, connection: Connection
) -> None:
    breaks(session, settings, connection)
    (found,) = session.scalars(select(Alert)).all()
    away = hers.post(f"/alerts/{found.id}/seen", back="https://evil.example/")
    assert away.response.headers["Location"] == "/alerts"


def test_a_rule_is_set_and_refuses_absurd_numbers(hers: Browse, session: Session) -> None:
    page = hers.get("/alerts/rules/errors")
    wrong = page.press("Save", calls="5", share="")
    assert wrong.status == 422
    assert "from 10 to 1000" in wrong.text
    fields = {**page.form("Save").fields, "calls": "30", "share": "40"}
    del fields["enabled"]
    assert hers.send("/alerts/rules/errors", fields).follow().status == 200
    row = session.scalars(select(AlertRule).where(AlertRule.kind == "errors")).one()
    assert (row.settings, row.enabled) == ({"calls": 30, "share": 40}, False)


@pytest.mark.parametrize(
    ("path", "field"), [("/alerts/rules/disk", "megabytes"), ("/alerts/channels/1", "name")]
)
def test_what_somebody_has_changed_meanwhile_is_shown_first(
    hers: Browse, browse: Browsers, admin: Person, hook: Hook, path: str, field: str
) -> None:
    hers.get("/alerts/channels/new/webhook").press(
        "Add it", name="chat", address=hook.url, private="y"
    )
    theirs = browse.as_(admin).get(path)
    hers.get(path).press("Save the changes", **{field: "1110"})
    late = theirs.press("Save the changes", **{field: "2220"})
    assert (late.status, len(late.problems)) == (422, 1)
    assert "meanwhile" in late.problems[0]
    assert hers.get(path).form("Save").fields[field] == "1110"
    assert late.press("Save the changes").status == 303
    assert hers.get(path).form("Save").fields[field] == "2220"


@pytest.mark.parametrize("code", list(alerts.KINDS))
def test_every_rule_has_a_page(hers: Browse, code: str) -> None:
    assert hers.get(f"/alerts/rules/{code}").press("Save the changes").status == 303


def test_a_webhook_is_made_its_secret_shown_once_and_tested(
    hers: Browse, session: Session, hook: Hook
) -> None:
    form = hers.get("/alerts/channels/new/webhook")
    made = form.press("Add it", name="chat", address=hook.url, private="y")
    secret = next(one.text for one in made.all("code") if (one.text or "").startswith("whsec_"))
    assert secret is not None
    hers.secrets += [secret, "word-of-the-hook"]
    page = hers.get("/alerts/channels/1")
    done = page.press("Send a test").follow()
    assert "A test was sent to chat" in done.text
    assert hook.delivered[0].is_signed(secret)
    hook.close()
    failed = page.press("Send a test").follow()
    assert "Nothing listens at 127.0.0.1" in failed.text
    assert "Nothing listens at 127.0.0.1" in hers.get("/alerts/channels").text
    assert session.scalars(select(AlertChannel)).one().address == hook.url
    renewed = hers.get("/alerts/channels/1").press("Make a new secret")
    assert "Copy it now" in renewed.text


def test_a_webhook_keeps_its_address_when_the_form_is_saved(
    hers: Browse, session: Session, hook: Hook
) -> None:
    hers.get("/alerts/channels/new/webhook").press(
        "Add it", name="chat", address=hook.url, private="y", quiet_from="22:00", quiet_until="7:30"
    )
    hers.get("/alerts/channels/1").press("Save the changes", name="talk").follow()
    found = session.scalars(select(AlertChannel)).one()
    assert (found.name, found.address, found.quiet_from) == ("talk", hook.url, 22 * 60)
    assert "22:00 to 07:30" in hers.get("/alerts/channels").text


def test_a_mail_channel_says_what_came_of_its_test(
    build: Build, settings: Settings, alice: Person
) -> None:
    with PostOffice(wants_login=True) as office:
        server = MailServer("127.0.0.1", office.port, "offered", "ai@x.example", "u", Secret("bad"))
        hers = Browsers(build(mail=server)).as_(alice)
        page = hers.get("/alerts/channels/new/mail")
        made = page.press("Add it", name="post", address="team@x.example").follow()
        failed = made.press("Send a test").follow()
    assert "refused the name or password" in failed.text


def test_without_a_mail_server_the_form_says_so(hers: Browse) -> None:
    page = hers.get("/alerts/channels/new/mail")
    assert "No mail can be sent yet" in page.text
    page.press("Add it", name="post", address="team@x.example")
    assert "No mail can be sent" in hers.get("/alerts/channels").text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "x" * 61}, "1 to 60 characters"),
        ({"name": "a\u202eb"}, "1 to 60 characters"),
        ({"address": ""}, "Enter a mail address"),
        ({"address": "nobody"}, "Write one mail address"),
        ({"quiet_from": "25:00"}, "Write a time like 22:00"),
        ({"quiet_from": "22:00"}, "when they end"),
    ],
)
def test_what_is_wrong_with_a_channel_is_beside_its_field(
    hers: Browse, typed: dict[str, str], problem: str
) -> None:
    page = hers.get("/alerts/channels/new/mail")
    wrong = page.press("Add it", **{"name": "post", "address": "a@x.example", **typed})
    assert wrong.status == 422
    assert any(problem in one for one in wrong.problems)


def test_a_channel_is_switched_and_removed(hers: Browse, session: Session) -> None:
    page = hers.get("/alerts/channels/new/mail")
    page.press("Add it", name="post", address="a@x.example")
    hers.get("/alerts/channels/1").press("Switch it off").follow()
    assert not session.scalars(select(AlertChannel)).one().enabled
    session.rollback()
    hers.get("/alerts/channels/1").press("Switch it on").follow()
    hers.get("/alerts/channels/1/remove").press("Remove").follow()
    assert session.scalars(select(AlertChannel)).all() == []
    assert hers.get("/alerts/channels/1").status == 404


def test_channels_are_the_admins_and_rules_are_read_by_all(
    browse: Browsers, member: Person, bob: Person, admin: Person
) -> None:
    for person in (member, bob):
        one = browse.as_(person)
        assert one.get("/alerts").status == one.get("/alerts/rules").status == 200
        assert one.get("/alerts/channels").status == 403
        assert one.get("/alerts/rules/disk").status == 403
        assert "/alerts/rules/disk" not in one.get("/alerts/rules").links
        for path in ("1/test", "1/switch", "1/secret", "1/remove"):
            assert one.post(f"/alerts/channels/{path}").status == 403
    assert browse.as_(bob).post("/alerts/1/seen").status == 403
    assert browse.as_(admin).get("/alerts/channels").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/alerts/rules/nosuch", "/alerts/rules/%20", "/alerts/channels/0", "/alerts/channels/-1",
        "/alerts/channels/99999999999999999999", "/alerts/channels/new/pigeon",
        "/alerts/channels/7/remove",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(hers: Browse, path: str) -> None:
    assert hers.get(path).status == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999", "9" * 40, "%ED%A0%80"])
def test_odd_pages_are_pages(hers: Browse, page: str) -> None:
    assert hers.get(f"/alerts?page={page}").status == 200
    assert hers.get(f"/alerts/channels?page={page}").status == 200


@pytest.mark.parametrize("path", ["test", "switch", "secret", "remove"])
def test_a_channel_that_vanished_is_not_found(hers: Browse, path: str) -> None:
    assert hers.post(f"/alerts/channels/7/{path}").status == 404
    assert hers.post("/alerts/7/seen").status == 404


def test_the_jobs_of_alerts_are_on_the_page_of_jobs(hers: Browse) -> None:
    assert "Mail and webhooks of alerts" in hers.get("/jobs").text


def test_there_is_help_about_alerts(hers: Browse) -> None:
    assert "AICONNECT_SMTP_URL" in hers.get("/help/alerts").text
