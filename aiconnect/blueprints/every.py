"""Every blueprint, and the one place that mounts them."""

from __future__ import annotations

from flask import Flask

from aiconnect.blueprints import findings, home
from aiconnect.blueprints.account import views as account
from aiconnect.blueprints.alerts import pages as alerts
from aiconnect.blueprints.budgets import views as budgets
from aiconnect.blueprints.cloud import views as cloud
from aiconnect.blueprints.collections import pages as collections
from aiconnect.blueprints.compatible import views as compatible
from aiconnect.blueprints.connections import pages as connections
from aiconnect.blueprints.discovery import views as discovery
from aiconnect.blueprints.guidance import views as guidance
from aiconnect.blueprints.help import views as help_pages
from aiconnect.blueprints.jobs import views as jobs
from aiconnect.blueprints.local import views as local
from aiconnect.blueprints.models import pages as models
from aiconnect.blueprints.oauth import views as oauth
from aiconnect.blueprints.prices import views as prices
from aiconnect.blueprints.reconciling import views as reconciling
from aiconnect.blueprints.repricing import views as repricing
from aiconnect.blueprints.routes import pages as routes
from aiconnect.blueprints.settings import ledger, texts
from aiconnect.blueprints.settings import views as settings
from aiconnect.blueprints.tokens import views as tokens
from aiconnect.blueprints.tryout import views as tryout
from aiconnect.blueprints.usage import views as usage

EVERY = (
    home,
    account,
    connections,
    cloud,
    compatible,
    local,
    oauth,
    discovery,
    models,
    tryout,
    collections,
    routes,
    tokens,
    usage,
    prices,
    alerts,
    budgets,
    repricing,
    reconciling,
    settings,
    ledger,
    texts,
    jobs,
    findings,
    help_pages,
    guidance,
)


def register(app: Flask) -> None:
    """Mount every blueprint."""
    for module in EVERY:
        app.register_blueprint(module.bp)
