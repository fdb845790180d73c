"""What templates may call: facts about the reader, words, addresses."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from flask import Flask, url_for

from aiconnect import clock
from aiconnect.blueprints import access, mending, quoting, showing, wording, zones
from aiconnect.blueprints.banners import banners
from aiconnect.blueprints.budgets import seeing
from aiconnect.blueprints.budgets import wording as budget_words
from aiconnect.blueprints.filters import language
from aiconnect.blueprints.limiting import limit_words
from aiconnect.blueprints.navigation import contents
from aiconnect.blueprints.usage.totals import total
from aiconnect.extensions import db, parts
from aiconnect.models.connection import Connection
from aiconnect.providers.spec import Family, Provider
from aiconnect.services import catalog, collections, connections

STATIC = Path(__file__).parent.parent / "static"


def init_app(app: Flask) -> None:
    """Make them known to templates and macros."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(literal=quoting.literal, shell=quoting.shell)
    app.jinja_env.globals.update(
        asset=asset,
        available=catalog.available,
        banners=banners,
        budget_words=budget_words,
        collection_names=collection_names,
        capability_words=wording.capability_words,
        browser_name=wording.browser_name,
        contents=contents,
        family_words=wording.family_words,
        freeze_now=seeing.freeze_now,
        host_of=wording.host_of,
        language=language,
        limit_words=limit_words,
        loaded_word=wording.loaded_word,
        may=access.may,
        may_change=may_change,
        may_end=may_end,
        nearest_budgets=seeing.nearest,
        new_url=new_url,
        now=clock.now,
        reason_word=wording.reason_word,
        role_word=wording.role_word,
        remedies_of=mending.remedies_of,
        row_of=row_of,
        seen=mending.seen,
        shape_of=showing.SHAPES.__getitem__,
        signed_in=access.signed_in,
        finding_help=mending.finding_help,
        help_of=help_of,
        help_with=help_with,
        state_of=showing.state_of,
        state_of_check=showing.state_of_check,
        step_shape=showing.STEP_SHAPES.__getitem__,
        step_text=showing.step_text,
        step_word=showing.step_word,
        theme=theme,
        timezone_name=zones.name,
        total=total,
        type_word=wording.type_word,
        version=metadata.version("aiconnect"),
        worded=showing.worded,
    )


def collection_names() -> dict[int, str]:
    """The name of each collection that the reader sees, by its id."""
    return collections.names(db.session(), access.actor())


def theme() -> str:
    """The reader's choice of colours, if they are known already: an error page must not ask."""
    reader = access.known()
    return reader.theme if reader else "system"


def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so browsers may keep it."""
    return url_for("static", filename=name, v=_fingerprint(name))


def row_of(connection: Connection) -> Provider | None:
    """The provider of a connection, or None where this version does not know it."""
    return parts().rows.get(connection.provider)


def may_change(connection: Connection) -> bool:
    """Whether the reader may change and test it: a personal one is its owner's alone."""
    return connections.may_change(access.actor(), connection)


def may_end(connection: Connection) -> bool:
    """Whether the reader may switch it off and remove it."""
    return connections.may_end(access.actor(), connection)


def new_url(row: Provider) -> str:
    """Where a connection to this provider is added."""
    if row.family is Family.COMPATIBLE:
        return url_for("compatible.new", preset=row.slug)
    return url_for(f"{row.family}.new", provider=row.slug)


def help_with(row: Provider) -> str:
    """The help page about this provider."""
    return url_for("help.show", topic=row.slug)


def help_of(connection: Connection) -> str | None:
    """The help page about this connection's provider, where that is still known."""
    slug = connection.provider
    return url_for("help.show", topic=slug) if slug in parts().rows else None


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
