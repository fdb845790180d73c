"""Messages reach real servers: signed, once, in order, after outages, not in quiet hours."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.errors import Conflict, NotFound, ProviderError, Refused
from aiconnect.models import AlertChannel, AlertDelivery, Connection, Role, State
from aiconnect.models.base import sessions
from aiconnect.secret import Secret
from aiconnect.services import alerts, rotation
from aiconnect.services.alerts import addresses, channels, failures, outbox, quiet, rules, sending
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.vault import Vault
from aiconnect.settings import MailServer, Settings
from aiconnect.wire.addresses import ShippedPolicy
from aiconnect.wire.types import Ways
from tests.fakes import OpenPolicy
from tests.fakes.certificates import make_certificate
from tests.hook import Hook
from tests.post_office import PASSWORD, USER, PostOffice
from tests.running import SOON
from tests.services.team import Team

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TO = "team@writers.example"


class House:
    """An installation that watches one connection, and what it sends."""

    def __init__(self, session: Session, settings: Settings, vault: Vault, ill: Connection) -> None:
        self.session, self.settings, self.vault, self.connection = session, settings, vault, ill
        self.client = Client(OpenPolicy())
        rules.change(session, SYSTEM, "disk", {"megabytes": 50}, enabled=False)

    @property
    def post(self) -> alerts.Post:
        return alerts.Post(self.settings, self.vault, self.client)

    def hook(self, url: str, **more: object) -> tuple[AlertChannel, str]:
        draft = alerts.Draft(**{"name": "chat", "address": url, "private": True, **more})  # type: ignore[arg-type]
        made, secret = channels.add(self.session, SYSTEM, channels.WEBHOOK, draft, self.vault)
        assert secret is not None
        return made, secret.reveal()

    def mail(self, office: PostOffice | None, **more: object) -> AlertChannel:
        if office is not None:
            server = MailServer(
                "127.0.0.1", office.port, "offered", "ai@writers.example", USER, Secret(PASSWORD)
            )
            self.settings = replace(self.settings, mail=server)
        draft = alerts.Draft(**{"name": "post", "address": TO, **more})  # type: ignore[arg-type]
        return channels.add(self.session, SYSTEM, channels.MAIL, draft, self.vault)[0]

    def breaks(self) -> None:
        self._be(State.UNREACHABLE)

    def works(self) -> None:
        self._be(State.CONNECTED)

    def _be(self, state: str) -> None:
        self.connection.state, self.connection.state_since = state, clock.now() - DAY
        self.session.commit()
        alerts.look(alerts.Sight(self.session, self.settings, clock.now()))

    def send(self) -> tuple[int, int]:
        """How many were sent, and how many failed."""
        return alerts.send_due(self.session, self.post, threading.Event())

    def later(self, span: timedelta = DAY) -> None:
        """As if this time had passed."""
        row = AlertDelivery
        for one in self.session.scalars(select(row).where(row.state == outbox.WAITING)).all():
            one.due_at -= span
        self.session.commit()

    @property
    def rows(self) -> list[AlertDelivery]:
        self.session.expire_all()
        return list(self.session.scalars(select(AlertDelivery).order_by(AlertDelivery.id)))


@pytest.fixture
def house(session: Session, settings: Settings, vault: Vault, team: Team) -> House:
    return House(session, settings, vault, team.add("ollama"))


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as found:
        yield found


def test_a_webhook_is_signed_and_told_both_ends(house: House, hook: Hook) -> None:
    _, secret = house.hook(hook.url)
    house.breaks()
    house.works()
    assert house.rows == []  # it was over before anybody was told
    house.breaks()
    assert house.send() == (1, 0)
    house.works()
    assert house.send() == (1, 0)
    first, second = hook.delivered
    assert [one.json["event"] for one in hook.delivered] == ["alert.opened", "alert.resolved"]
    assert first.is_signed(secret)
    assert not first.is_signed("another")
    assert first.json["title"] == "ollama cannot be reached"
    assert second.json["title"] == "ollama works again"
    assert first.json["alert"]["kind"] == "state"
    assert first.headers["x-aiconnect-id"] == first.json["id"] != second.json["id"]
    assert first.path == "/hooks/1?token=word-of-the-hook"


def test_a_signature_is_over_the_time_and_the_very_body() -> None:
    found = sending.signature(Secret("whsec_x"), b'{"a": 1}', 1_795_600_000)
    wanted = hmac.new(b"whsec_x", b'1795600000.{"a": 1}', hashlib.sha256).hexdigest()
    assert found == f"t=1795600000,v1={wanted}"


def test_a_mail_is_plain_and_to_one(house: House) -> None:
    with PostOffice(wants_login=True) as office:
        house.mail(office)
        house.settings = replace(house.settings, public_url="https://ai.writers.example")
        house.breaks()
        assert house.send() == (1, 0)
    (one,) = office.letters
    assert (one.sender, one.to) == ("ai@writers.example", [TO])
    assert one.message["Subject"] == "aiconnect: ollama cannot be reached"
    assert one.message.get_content_type() == "text/plain"
    assert "https://ai.writers.example/connections/" in one.message.get_content()


def test_mail_that_finds_no_server_arrives_once_when_it_is_back(house: House) -> None:
    office = PostOffice(wants_login=True)
    house.mail(office)
    house.breaks()
    assert house.send() == (0, 1)
    assert house.send() == (0, 0)  # the next try is in a minute
    with office:
        house.later(2 * MINUTE)
        assert house.send() == (1, 0)
        assert house.send() == (0, 0)
    assert len(office.letters) == 1
    assert [(one.state, one.tries, one.failure) for one in house.rows] == [("sent", 2, None)]


def test_a_webhook_that_fails_is_tried_again_with_the_same_id(house: House, hook: Hook) -> None:
    house.hook(hook.url)
    hook.answers = [(500, b"oh", "text/plain"), (404, b"", "text/plain")]
    house.breaks()
    for _ in range(4):
        house.send()
        house.later()
    assert len(hook.delivered) == 3
    assert len({one.json["id"] for one in hook.delivered}) == 1
    assert len({one.body for one in hook.delivered}) == 1
    assert house.rows[0].state == "sent"


def test_an_end_waits_for_its_beginning(house: House, hook: Hook) -> None:
    house.hook(hook.url)
    hook.close()
    house.breaks()
    house.send()
    house.works()
    assert house.send() == (0, 0)
    hook.open()
    house.later()
    assert house.send() == (1, 0)
    assert house.send() == (1, 0)
    assert [one.json["event"] for one in hook.delivered] == ["alert.opened", "alert.resolved"]


def test_tries_are_further_and_further_apart_until_a_day_is_over(house: House) -> None:
    house.mail(PostOffice())
    house.breaks()
    pauses = []
    for _ in range(20):
        before = clock.now()
        house.send()
        (row,) = house.rows
        if row.state != "waiting":
            break
        pauses.append(round((row.due_at - before) / MINUTE))
        house.later()
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 417]
    assert sum(pauses) == 24 * 60
    assert (row.state, row.tries) == ("given_up", 12)
    assert failures.worded(row.failure or "").startswith("Nothing listens at 127.0.0.1")


def test_what_dies_while_it_sends_is_sent_by_another(house: House, hook: Hook) -> None:
    house.hook(hook.url)
    house.breaks()
    (row,) = house.rows
    assert outbox.claim(house.session, row.id, clock.now(), UTC) is not None
    assert house.send() == (0, 0)  # it may be under way
    house.later(2 * MINUTE)
    assert house.send() == (1, 0)


def test_what_died_at_its_last_try_is_given_up(house: House, hook: Hook) -> None:
    house.hook(hook.url)
    house.breaks()
    house.session.execute(update(AlertDelivery).values(tries=12))
    house.session.commit()
    assert house.send() == (0, 0)
    assert house.rows[0].state == "given_up"


def test_a_late_word_about_an_old_try_changes_nothing(house: House, hook: Hook) -> None:
    house.hook(hook.url)
    house.breaks()
    (row,) = house.rows
    old = outbox.claim(house.session, row.id, clock.now(), UTC)
    assert old is not None
    house.later(2 * MINUTE)
    house.send()
    outbox.settle(house.session, old, failures.written(ProviderError("reset")), clock.now())
    assert house.rows[0].state == "sent"


def test_two_processes_at_once_deliver_once(house: House, engine: Engine, hook: Hook) -> None:
    house.hook(hook.url)
    house.hook(hook.url, name="other")
    house.breaks()
    ready, sent = threading.Barrier(4), []

    def work() -> None:
        with sessions(engine)() as own:
            ready.wait()
            sent.append(alerts.send_due(own, house.post, threading.Event())[0])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(sent) == 2
    assert len(hook.delivered) == 2


def test_a_dead_channel_is_asked_once_however_much_waits(house: House, hook: Hook) -> None:
    house.hook(hook.url)
    hook.answers = [(500, b"", "text/plain")] * 9
    house.breaks()
    channel = house.session.scalars(select(AlertChannel)).one()
    for _ in range(5):
        outbox.queue(house.session, channel, outbox.DIGEST, clock.now(), UTC)
    house.session.commit()
    assert house.send() == (0, 1)
    assert len(hook.delivered) == 1


def test_nothing_is_sent_in_quiet_hours_and_what_is_over_by_then_never(
    house: House, hook: Hook
) -> None:
    house.settings = replace(house.settings, timezone=ZoneInfo("Asia/Jakarta"))
    here = clock.now().astimezone(house.settings.timezone)
    minute = here.hour * 60 + here.minute
    house.hook(hook.url, quiet_from=(minute - 60) % 1440, quiet_until=(minute + 60) % 1440)
    house.breaks()
    assert house.send() == (0, 0)
    (row,) = house.rows
    assert 58 * MINUTE < row.due_at - clock.now() <= HOUR
    house.works()
    assert house.rows == []
    house.breaks()
    house.session.execute(update(AlertChannel).values(quiet_from=None, quiet_until=None))
    house.later(2 * HOUR)
    assert house.send() == (1, 0)


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "waits"),
    [(22, 7, 23, 8), (22, 7, 3, 4), (22, 7, 7, 0), (22, 7, 21, 0), (22, 7, 22, 9),
     (9, 17, 12, 5), (9, 17, 17, 0), (9, 17, 8, 0), (9, 9, 9, 0)],
)  # fmt: skip
def test_quiet_hours_end_when_they_say(begins: int, ends: int, hour: int, waits: int) -> None:
    zone = ZoneInfo("Asia/Jakarta")
    channel = AlertChannel(quiet_from=begins * 60, quiet_until=ends * 60)
    moment = datetime(2026, 11, 25, hour, tzinfo=zone).astimezone(UTC)
    assert quiet.until(channel, moment, zone) - moment == waits * HOUR


def test_quiet_hours_end_at_their_time_of_day_where_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    channel = AlertChannel(quiet_from=22 * 60, quiet_until=7 * 60)
    moment = datetime(2026, 10, 24, 23, tzinfo=zone).astimezone(UTC)
    assert quiet.until(channel, moment, zone) - moment == 9 * HOUR


def test_a_channel_is_told_of_its_kinds_only(house: House, hook: Hook) -> None:
    house.hook(hook.url, kinds=("budget", "nosuch"))
    house.hook(hook.url, name="all", kinds=tuple(alerts.KINDS))
    house.breaks()
    assert house.send() == (1, 0)
    assert [one.kinds for one in channels.every(house.session)] == [[], ["budget"]]


def test_a_channel_that_is_off_is_told_nothing(house: House, hook: Hook) -> None:
    channel, _ = house.hook(hook.url)
    house.breaks()
    channels.switch(house.session, SYSTEM, channel.id, enabled=False)
    assert (house.send(), house.rows) == ((0, 0), [])
    house.works()
    house.breaks()
    assert house.rows == []


def test_a_channel_that_is_removed_takes_what_waits_with_it(house: House, hook: Hook) -> None:
    channel, _ = house.hook(hook.url)
    house.breaks()
    (row,) = house.rows
    claimed = outbox.claim(house.session, row.id, clock.now(), UTC)
    assert claimed is not None
    channels.remove(house.session, SYSTEM, channel.id)
    outbox.settle(house.session, claimed, None, clock.now())
    assert house.rows == []


def test_a_redirect_is_not_followed(house: House, hook: Hook) -> None:
    with Hook() as other:
        hook.usual = (302, b"", "text/plain")
        hook.headers = {"Location": other.url}
        made, _ = house.hook(hook.url)
        failure = sending.test(house.session, house.post, made.id)
    assert other.delivered == []
    assert "Messages are not sent after it" in failures.worded(failure or "")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, b"<!DOCTYPE html><title>x", "text/html"), "a web page"),
        ((200, b"  <html lang=en>", "text/html"), "a web page"),
        ((500, b"oh", "text/plain"), "the status 500"),
        ((401, b"", "application/json"), "the status 401"),
        ((204, b"", "text/plain"), None),
        ((200, b"ok", "text/html"), None),
    ],
)
def test_a_test_says_what_came_of_it(
    house: House, hook: Hook, answer: tuple[int, bytes, str], words: str | None
) -> None:
    hook.answers = [answer]
    made, secret = house.hook(hook.url)
    failure = sending.test(house.session, house.post, made.id)
    assert (failure is None) is (words is None)
    assert words is None or words in failures.worded(failure or "")
    assert hook.delivered[0].is_signed(secret)
    assert hook.delivered[0].json["event"] == "test"
    assert house.rows[0].state == ("sent" if words is None else "given_up")
    assert house.send() == (0, 0)


@pytest.mark.on_sqlite
def test_a_hook_that_says_nothing_costs_ten_seconds_at_most(house: House, hook: Hook) -> None:
    hook.holding.set()
    made, _ = house.hook(hook.url)
    begun = time.monotonic()
    failure = sending.test(house.session, house.post, made.id)
    hook.holding.clear()
    assert time.monotonic() - begun < 10 + SOON
    assert "did not answer in time" in failures.worded(failure or "")


def test_a_certificate_of_nobody_is_not_trusted_and_a_known_one_is(
    house: House, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with Hook(certificate=certificate) as hook:
        made, _ = house.hook(hook.url)
        failure = sending.test(house.session, house.post, made.id)
        assert "nobody that this server trusts" in failures.worded(failure or "")
        house.client = Client(OpenPolicy(), Ways(ca_file=str(certificate)))
        assert sending.test(house.session, house.post, made.id) is None


def test_addresses_are_judged_at_each_sending(house: House, hook: Hook) -> None:
    made, _ = house.hook(hook.url)
    house.client = Client(ShippedPolicy())
    assert sending.test(house.session, house.post, made.id) is None
    house.session.execute(update(AlertChannel).values(private=False))
    house.session.commit()
    failure = sending.test(house.session, house.post, made.id)
    assert "does not call" in failures.worded(failure or "")
    assert len(hook.delivered) == 1


def test_a_wrong_password_is_said_and_not_shown(house: House) -> None:
    with PostOffice(wants_login=True) as office:
        made = house.mail(office)
        server = house.settings.mail
        assert server is not None
        house.settings = replace(house.settings, mail=replace(server, password=Secret("wr0ng-w")))
        failure = sending.test(house.session, house.post, made.id)
    assert "refused the name or password" in failures.worded(failure or "")
    assert "wr0ng-w" not in (failure or "")


def test_mail_without_a_server_of_ours_is_said(house: House) -> None:
    made = house.mail(None)
    failure = sending.test(house.session, house.post, made.id)
    assert "AICONNECT_SMTP_URL is not set" in failures.worded(failure or "")


def test_a_secret_of_another_key_is_said(house: House, hook: Hook) -> None:
    made, _ = house.hook(hook.url)
    made.sealed = "gAAAAnothing"
    house.session.commit()
    failure = sending.test(house.session, house.post, made.id)
    assert "does not open" in failures.worded(failure or "")


def test_a_new_secret_signs_from_then_on(house: House, hook: Hook) -> None:
    made, old = house.hook(hook.url)
    new = channels.new_secret(house.session, SYSTEM, made.id, house.vault).reveal()
    sending.test(house.session, house.post, made.id)
    assert hook.delivered[0].is_signed(new)
    assert not hook.delivered[0].is_signed(old)


def test_a_new_master_key_opens_the_secret_too(
    house: House, hook: Hook, settings: Settings
) -> None:
    made, secret = house.hook(hook.url)
    list(rotation.rotate(settings, SYSTEM, patience=0))
    house.session.expire_all()
    newest = Vault(Vault.from_settings(settings).keys[:1])
    assert channels.signing_secret(made, newest).reveal() == secret


@pytest.mark.parametrize(
    "address",
    [
        "", "nobody", "a@b c.example", "a@x.example,b@x.example", "a@x.example\r\nBcc: b@x.example",
        "<a@x.example>", "a@x.example\0", "ä@x.example", "a@" + "x" * 250, "a@x..example",
        "\ud800@x",
    ],
)  # fmt: skip
def test_one_mail_address_is_one(house: House, address: str) -> None:
    with pytest.raises(Refused) as refusal:
        house.mail(None, address=address)
    assert refusal.value.field == "address"


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("", "address"), ("chat.example", "address"), ("ftp://chat.example/x", "address"),
        ("https://", "address"), ("https://user:word@chat.example/x", "address"),
        ("https://chat.example/x#y", "address"), ("https://chat.example:0/x", "address"),
        ("https://chat.example:nosuch/", "address"), ("https://[bad/", "address"),
        ("https://chat.example/a b", "address"), ("https://chat.example/\r\nX: y", "address"),
        ("https://chat.example/" + "x" * 500, "address"), ("http://chat.example/x", "address"),
        ("https://localhost/x", "private"), ("https://10.0.0.1/x", "private"),
        ("https://ch\ud800at.example/", "address"), ("https://chat.example/\0", "address"),
    ],
)  # fmt: skip
def test_a_webhook_leads_somewhere_public_over_tls(house: House, url: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        house.hook(url, private=False)
    assert refusal.value.field == field


def test_what_is_secret_in_an_address_is_not_shown(house: House, hook: Hook) -> None:
    made, _ = house.hook(hook.url)
    assert addresses.shown(made) == f"http://127.0.0.1:{hook.port}/…"


def test_an_address_that_is_left_empty_stays(house: House, hook: Hook) -> None:
    made, _ = house.hook(hook.url)
    draft = alerts.Draft(name="chat two", address="", private=True, digest=True)
    changed = channels.change(house.session, SYSTEM, made.id, draft)
    assert (changed.name, changed.address, changed.digest) == ("chat two", hook.url, True)


def test_names_are_unique_and_few(house: House) -> None:
    house.mail(None)
    with pytest.raises(Conflict):
        house.mail(None)
    for number in range(channels.MOST - 1):
        house.mail(None, name=f"post {number}")
    with pytest.raises(Refused):
        house.mail(None, name="one too many")


def test_channels_are_the_admins(house: House) -> None:
    made = house.mail(None)
    mel = Actor("mel", role=Role.MEMBER, person_id=7)
    draft = alerts.Draft(name="x", address=TO)
    with pytest.raises(Refused):
        channels.add(house.session, mel, channels.MAIL, draft, house.vault)
    with pytest.raises(Refused):
        channels.change(house.session, mel, made.id, draft)
    with pytest.raises(Refused):
        channels.remove(house.session, mel, made.id)
    with pytest.raises(Refused):
        channels.switch(house.session, mel, made.id, enabled=False)
    with pytest.raises(NotFound):
        channels.remove(house.session, SYSTEM, 999)
