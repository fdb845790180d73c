"""Objects that belong to one application, without logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from flask import current_app
from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from aiconnect.client import Client
from aiconnect.models.base import Base
from aiconnect.providers.spec import Provider
from aiconnect.services.accounts import Passwords
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
csrf = CSRFProtect()
login = LoginManager()
babel = Babel()


@dataclass(frozen=True, slots=True)
class Parts:
    """What views hand to services; one per application."""

    settings: Settings
    rows: Mapping[str, Provider]
    vault: Vault
    client: Client
    passwords: Passwords = field(default_factory=Passwords)


def parts() -> Parts:
    """The parts of the application that answers this request."""
    return cast("Parts", current_app.extensions["aiconnect"])
