"""Alerts of a real server: told by its clock, through outages, and over its death."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from aiconnect import clock
from aiconnect.jobs.table import JOBS
from aiconnect.models import Alert, AlertDelivery
from aiconnect.services import alerts, jobs
from aiconnect.services.alerts import channels, rules
from aiconnect.services.audit import SYSTEM
from aiconnect.services.writing import writing
from tests.hook import Hook
from tests.post_office import PostOffice
from tests.running import Instance, serving, until

PATIENCE = 30


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """One that has no room on its disk, for whoever asks for that much."""
    made = Instance(tmp_path / "instance")
    with made.session() as session:
        rules.change(session, SYSTEM, "disk", {"megabytes": 10_000_000}, enabled=True)
    yield made
    made.close()


def tell(instance: Instance, kind: str, address: str) -> None:
    draft = alerts.Draft(name=kind, address=address, private=True)
    with instance.session() as session:
        channels.add(session, SYSTEM, kind, draft, instance.vault)


def look(instance: Instance) -> None:
    """Have it look now, and not in its minute."""
    assert until(lambda: planned(instance) >= set(JOBS), PATIENCE)
    with instance.session() as session:
        jobs.want(session, SYSTEM, "alerts")


def planned(instance: Instance) -> set[str]:
    with instance.session() as session:
        return set(jobs.every_run(session))


def sendings(instance: Instance) -> list[AlertDelivery]:
    with instance.session() as session:
        return list(session.scalars(select(AlertDelivery).order_by(AlertDelivery.id)))


def hurry(instance: Instance) -> None:
    """As if the time of the next tries had come."""
    with instance.session() as session, writing(session):
        for one in session.scalars(select(AlertDelivery)).all():
            one.due_at = clock.now()


def test_a_server_that_dies_during_an_outage_tells_it_once_afterwards(
    instance: Instance, tmp_path: Path
) -> None:
    hook, office = Hook(), PostOffice()
    tell(instance, "webhook", hook.url)
    tell(instance, "mail", "team@writers.example")
    environ = {"AICONNECT_SMTP_URL": f"smtp://127.0.0.1:{office.port}?from=ai@writers.example"}
    with serving(instance, tmp_path / "log", environ=environ) as server:
        look(instance)
        assert until(lambda: [one.tries for one in sendings(instance)] == [1, 1], PATIENCE)
        server.kill()
    with hook, office, serving(instance, tmp_path / "log", environ=environ):
        hurry(instance)
        assert until(lambda: bool(hook.delivered and office.letters), PATIENCE)
        look(instance)
        assert until(lambda: all(one.ended_at for one in sendings(instance)), PATIENCE)
    assert [one.json["title"] for one in hook.delivered] == [
        "The disk of this server is nearly full"
    ]
    assert [one.message["Subject"] for one in office.letters] == [
        "aiconnect: The disk of this server is nearly full"
    ]
    with instance.session() as session:
        assert len(session.scalars(select(Alert)).all()) == 1
