"""What any template may ask: a model's tag, whether the reader's mature mode is on, a day."""

from __future__ import annotations

from datetime import datetime

from flask import g
from flask_babel import format_date
from markupsafe import Markup

from aiconnect.blueprints.access import person
from aiconnect.blueprints.guidance.editing import bp
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import db
from aiconnect.models.catalog import ServedModel
from aiconnect.services import maturity, tagging


@bp.app_template_global()
def tag_of(model: ServedModel) -> str:
    """A code of tagging.WORDS, "" for none; the rules are read once for a page."""
    if "tags" not in g:
        g.tags = tagging.Tags.of(db.session())
    return str(g.tags.tag(model.connection.name, model.model_id, model.moderated))


@bp.app_template_global()
def tag_word(tag: str) -> str:
    """A tag in the reader's language."""
    return _(tagging.WORDS[tag])


@bp.app_template_global()
def mature_is_on() -> bool:
    """Whether it is for the reader."""
    return maturity.is_on(db.session(), person())


@bp.app_template_global()
def mature_is_forbidden() -> bool:
    """Whether the owner has it off for everybody."""
    return maturity.is_forbidden(db.session())


@bp.app_template_filter()
def day(moment: datetime) -> str:
    """Written as 5 July 2026: a day that somebody wrote, the same in every zone."""
    words = format_date(moment.date(), "d MMMM y")
    return Markup('<time datetime="{}">{}</time>').format(moment.date().isoformat(), words)
