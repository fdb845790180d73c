"""Parts that are made after the start: once, and nobody's call waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest
from werkzeug.test import Client

from aiconnect.application import Application
from aiconnect.application.later import Later
from aiconnect.gateway.limits import Limits
from aiconnect.providers import PROVIDERS
from aiconnect.settings import Settings
from aiconnect.wire.addresses import ShippedPolicy
from tests.running import Instance


def test_it_is_made_once_however_many_come_at_once() -> None:
    made: list[int] = []
    start = threading.Barrier(8)
    part = Later(lambda: made.append(1) or object())

    def ask() -> object:
        start.wait(5)
        return part.get()

    with ThreadPoolExecutor(8) as pool:
        found = [one.result(5) for one in [pool.submit(ask) for _ in range(8)]]
    assert len(set(map(id, found))) == len(made) == 1


def test_what_failed_is_made_by_the_next_who_asks() -> None:
    answers = iter([OSError("the database is locked"), None])

    def make() -> str:
        failure = next(answers)
        if failure is not None:
            raise failure
        return "pages"

    part = Later(make)
    with pytest.raises(OSError, match="locked"):
        part.get()
    assert part.get() == "pages"


def no_pages(*_given: object) -> NoReturn:
    pytest.fail("nobody has asked for a page")


def test_programs_are_answered_before_there_are_pages(tmp_path: Path) -> None:
    settings = Settings.from_env(Instance(tmp_path / "i").environ)
    application = Application(settings, PROVIDERS, ShippedPolicy(), Limits(), no_pages)
    answer = Client(application).get("/api/version")
    assert (answer.status_code, b"version" in answer.data) == (200, True)
