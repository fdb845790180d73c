"""The application of pages, put together step by step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.cli import NoAppException
from werkzeug.routing import IntegerConverter, Map

from aiconnect.blueprints import (
    access,
    errors,
    every,
    filters,
    headers,
    hosts,
    locales,
    templates,
)
from aiconnect.client import Client
from aiconnect.errors import StartRefused
from aiconnect.extensions import Parts, babel, csrf, db
from aiconnect.models.base import engine_options, prepare
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.services import database, installation, schema
from aiconnect.services.accounts import PASSWORDS, Passwords
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from aiconnect.wire.addresses import Policy, ShippedPolicy
from aiconnect.wire.types import Ways

LARGEST_FORM = 65_000
LONGEST_SIGN_IN = timedelta(days=30)
ROOT = Path(__file__).parent.parent


class RowNumber(IntegerConverter):
    """A number in an address: none is larger than what the database counts rows with."""

    def __init__(self, rules: Map, **more: Any) -> None:
        super().__init__(rules, **{"max": 2**31 - 1, **more})


def build(
    settings: Settings,
    *,
    rows: Mapping[str, Provider] | None = None,
    policy: Policy | None = None,
    vault: Vault | None = None,
    passwords: Passwords | None = None,
) -> Flask:
    """Settings, database, then what every request passes, then the pages."""
    app = Flask("aiconnect", root_path=str(ROOT))
    app.url_map.converters["int"] = RowNumber
    app.extensions["aiconnect"] = Parts(
        settings=settings,
        rows=PROVIDERS if rows is None else rows,
        vault=vault or installation.check_start(settings),
        client=Client(policy or ShippedPolicy(), Ways.of(settings)),
        passwords=passwords or PASSWORDS,
    )
    _configure(app, settings)
    _open_database(app)
    _sign_cookies(app, settings)
    for step in (headers, errors, hosts, locales, access, filters, templates):
        step.init_app(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=locales.wanted)
    every.register(app)
    return app


def from_environment() -> Flask:
    """What `flask --app aiconnect` finds; Flask shows a refusal as one line."""
    try:
        app = build(Settings.from_env(os.environ))
    except StartRefused as refusal:
        raise NoAppException(str(refusal)) from refusal
    # For `flask db` alone: with Alembic and its kin it costs the server 8 MB and its start 0.1 s.
    from flask_migrate import Migrate  # noqa: PLC0415

    Migrate(app, db, directory=str(schema.migrations()))
    return app


def _configure(app: Flask, settings: Settings) -> None:
    url = database.database_url(settings)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        PERMANENT_SESSION_LIFETIME=LONGEST_SIGN_IN,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),  # their addresses change with them
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_NAME="__Host-aiconnect" if settings.is_https else "aiconnect",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_REFRESH_EACH_REQUEST=False,
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        WTF_CSRF_SSL_STRICT=False,  # hosts.py judges where a form comes from
        WTF_CSRF_TIME_LIMIT=None,  # a form holds as long as its sign-in
    )


def _open_database(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)


def _sign_cookies(app: Flask, settings: Settings) -> None:
    with app.app_context():
        vault = app.extensions["aiconnect"].vault
        app.secret_key = installation.cookie_key(db.session(), vault, settings).reveal()
