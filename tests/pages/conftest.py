"""A server of pages, and browsers for the people in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from jinja2 import BytecodeCache, FileSystemBytecodeCache

from aiconnect import create_app
from aiconnect.extensions import db
from aiconnect.models import Person
from aiconnect.providers.spec import Provider
from aiconnect.services.accounts import Passwords
from aiconnect.settings import Settings
from tests.fakes.rows import OpenPolicy
from tests.pages.browse import Browse
from tests.people import PASSWORD

KEY = "sk-proj-planted0000000000000000000000000000MARK"
"""A provider's key; no page may ever show it."""

Build = Callable[..., Flask]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Templates, compiled once for all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def build(
    settings: Settings,
    rows: Mapping[str, Provider],
    passwords: Passwords,
    compiled: BytecodeCache,
) -> Iterator[Build]:
    """Makes servers of pages on the test's instance, with other settings where they are given."""
    made: list[Flask] = []

    def make(**other: object) -> Flask:
        chosen = replace(settings, **other)  # type: ignore[arg-type]
        app = create_app(chosen, rows=rows, policy=OpenPolicy(), passwords=passwords)
        app.jinja_env.bytecode_cache = compiled
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def site(build: Build) -> Flask:
    """The server. Not called `app`: pytest-flask would let everyone share one context."""
    return build()


@dataclass(frozen=True)
class Browsers:
    """Opens browsers on a server."""

    site: Flask

    def anyone(self) -> Browse:
        """Somebody who is not signed in."""
        return Browse.of(self.site, [KEY, PASSWORD.reveal()])

    def as_(self, person: Person) -> Browse:
        """This person, signed in with the password that everyone has here."""
        one = self.anyone()
        assert one.sign_in(person.email, PASSWORD.reveal()).status == 303
        return one


@pytest.fixture
def browse(site: Flask) -> Browsers:
    return Browsers(site)


@pytest.fixture
def hers(browse: Browsers, alice: Person) -> Browse:
    """Alice's browser."""
    return browse.as_(alice)
