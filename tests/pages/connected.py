"""Connections on a page's server, and tests of them by their button."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.models import Connection
from aiconnect.secret import Secret
from aiconnect.services import connections
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from tests.pages.browse import Browse, Page
from tests.pages.conftest import KEY, Browsers


def add(browse: Browsers, session: Session, slug: str, **more: object) -> Connection:
    parts = browse.site.extensions["aiconnect"]
    row = parts.rows[slug]
    secret = Secret(KEY) if "api_key" in row.needs else None
    url = row.base_url if row.has("url") else ""
    draft = Draft(slug, base_url=url, secret=secret, private=row.has("url"), **more)
    return connections.add(session, SYSTEM, draft, rows=parts.rows, vault=parts.vault)


def examined(hers: Browse, connection: Connection) -> Page:
    return hers.post(f"/connections/{connection.id}/test").follow()
