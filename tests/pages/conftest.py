"""A server of pages with four people, and browsers for each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from aiconnect import create_app
from aiconnect.extensions import db
from aiconnect.models.account import Role
from aiconnect.models.base import sessions
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import accounts, installation
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.settings import Settings
from tests.fakes.rows import OpenPolicy
from tests.pages.browse import Browse

CHEAP = accounts.Passwords(time_cost=1, memory_kib=8, parallelism=1)
PASSWORD = "correct horse battery"
PEOPLE = {
    "alice": Role.OWNER,
    "adam": Role.ADMIN,
    "mia": Role.MEMBER,
    "bob": Role.VIEWER,
}
KEY = "sk-proj-planted0000000000000000000000000000MARK"
"""A provider's key; no page may ever show it."""


def email(name: str) -> str:
    return f"{name}@example.org"


def settings_in(folder: Path) -> Settings:
    return Settings.from_env({"AICONNECT_INSTANCE": str(folder)})


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance as `aiconnect init` leaves it."""
    folder = tmp_path_factory.mktemp("empty") / "instance"
    installation.initialise(settings_in(folder))
    return folder


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory, empty_instance: Path) -> Path:
    """An instance with one person of each role."""
    folder = tmp_path_factory.mktemp("peopled") / "instance"
    shutil.copytree(empty_instance, folder)
    engine = installation.open_database(settings_in(folder))
    with sessions(engine)() as session:
        for name, role in PEOPLE.items():
            accounts.add_person(
                session, COMMAND_LINE, email(name), role, Secret(PASSWORD), passwords=CHEAP
            )
    engine.dispose()
    return folder


Build = Callable[..., Flask]


@pytest.fixture
def build(tmp_path: Path, rows: Mapping[str, Provider]) -> Iterator[Build]:
    """Makes servers of pages on copies of an instance."""
    made: list[Flask] = []

    def make(instance: Path, **more: object) -> Flask:
        folder = tmp_path / f"instance{len(made)}"
        shutil.copytree(instance, folder)
        environ = {"AICONNECT_INSTANCE": str(folder), **{k: str(v) for k, v in more.items()}}
        settings = Settings.from_env(environ)
        app = create_app(settings, rows=rows, policy=OpenPolicy(), passwords=CHEAP)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def site(build: Build, instance: Path) -> Flask:
    """A server with one person of each role (as `app` pytest-flask would share its context)."""
    return build(instance)


@pytest.fixture
def browser(site: Flask) -> Callable[[str], Browse]:
    """A signed-in browser for the person of this name."""

    def signed_in(name: str) -> Browse:
        one = Browse.of(site, [KEY, PASSWORD])
        assert one.sign_in(email(name), PASSWORD).status == 303
        return one

    return signed_in


@pytest.fixture
def alice(browser: Callable[[str], Browse]) -> Browse:
    """The owner."""
    return browser("alice")


@pytest.fixture
def bob(browser: Callable[[str], Browse]) -> Browse:
    """Only looks."""
    return browser("bob")


@pytest.fixture
def mia(browser: Callable[[str], Browse]) -> Browse:
    """A member."""
    return browser("mia")


@pytest.fixture
def charlie(site: Flask) -> Browse:
    """Nobody here."""
    return Browse.of(site, [KEY, PASSWORD])


@pytest.fixture
def session(site: Flask) -> Iterator[Session]:
    """The database of the server, for what a test arranges or looks up."""
    engine = installation.open_database(site.extensions["aiconnect"].settings)
    with sessions(engine)() as one:
        yield one
    engine.dispose()
