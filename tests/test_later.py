"""Parts that are made after the start: once, and nobody's call waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aiconnect.application import create_application
from aiconnect.later import Later
from aiconnect.settings import Settings
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


def test_programs_are_answered_before_there_are_pages(tmp_path: Path) -> None:
    application = create_application(Settings.from_env(Instance(tmp_path / "i").environ))
    said: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/version", "SERVER_PROTOCOL": "HTTP/1.1"}
    body = b"".join(application(environ, lambda status, _headers: said.append(status)))
    assert (said, b"version" in body) == (["200 OK"], True)
    assert not application.has_pages
    assert application.admin is application.admin
    assert application.has_pages
