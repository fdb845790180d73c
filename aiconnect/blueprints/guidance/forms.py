"""Forms of the guidance: entries, rules of tags, unfiltered models, and the warning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints.forms import PLAIN_TEXT, Form, required
from aiconnect.errors import N_
from aiconnect.services.guidance.notes import Draft
from aiconnect.services.guidance.words import AREAS, KINDS, LEVELS
from aiconnect.services.maturity import ALLOWED, OFF
from aiconnect.services.tagging import CHOICES

PATTERN = required(N_("Write a model's name, with * for anything, as in gpt-5*"))
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""A day that no service takes: what was written is none."""


def choices(words: Mapping[str, str]) -> list[SelectChoice]:
    """Every code with its word; the service says what it takes."""
    return [SelectChoice(code, word) for code, word in words.items()]


class NoteForm(Form):
    """What somebody has seen or read."""

    pattern = StringField(
        N_("Models"),
        [PATTERN],
        description=N_(
            "A model's name, with * for anything, as in gpt-5*; or openrouter, groq or ollama for "
            "all behind one."
        ),
        render_kw=PLAIN_TEXT,
    )
    area = SelectField(N_("Area"), choices=choices(AREAS), validate_choice=False)
    level = SelectField(
        N_("What it does"), choices=choices(LEVELS), default="unknown", validate_choice=False
    )
    kind = RadioField(
        N_("How you know"), choices=choices(KINDS), default="seen", validate_choice=False
    )
    dated = StringField(
        N_("Day"),
        description=N_("When it was so, as in 2026-11-22. After 180 days it is shown as stale."),
        render_kw={**PLAIN_TEXT, "class": "w-10", "type": "date"},
    )
    source = StringField(
        N_("Source"), description=N_("Where it can be read, or in which work you have seen it.")
    )
    note = StringField(N_("Note"))

    @property
    def draft(self) -> Draft:
        """What the service is to keep."""
        texts = {name: str(self[name].data or "") for name in ("pattern", "area", "level", "kind")}
        return Draft(
            **texts,
            dated=day(str(self.dated.data or "")),
            source=self.source.data or "",
            note=self.note.data or "",
        )


class TagForm(Form):
    """A rule of tags."""

    pattern = StringField(
        N_("Models"),
        [PATTERN],
        description=N_(
            "A model's name, with * for anything, as in story-*; with its connection before it, "
            "as in local/story-*, it holds there alone."
        ),
        render_kw=PLAIN_TEXT,
    )
    tag = RadioField(N_("Tag"), choices=choices(CHOICES), validate_choice=False)
    note = StringField(N_("Note"), description=N_("Why, for those who come after you."))

    @property
    def values(self) -> tuple[str, str, str]:
        """Pattern, tag, note."""
        return self.pattern.data or "", self.tag.data or "", self.note.data or ""


class ModelForm(Form):
    """A model of the list of unfiltered ones."""

    name = StringField(
        N_("Model"),
        [required(N_("Enter the model's name"))],
        description=N_("As people call it: models whose ids have all of its words are found."),
        render_kw=PLAIN_TEXT,
    )
    place = StringField(N_("Where it runs"))
    note = StringField(N_("Note"))

    @property
    def values(self) -> tuple[str, str, str]:
        """Name, place, note."""
        return self.name.data or "", self.place.data or "", self.note.data or ""


class MatureForm(Form):
    """The one box of the warning. `back` is the page that it was left for, "" for none."""

    back = HiddenField()
    adult = BooleanField(
        N_(
            "I am an adult where I live (18, or the age of majority there if that is higher), and "
            "I have read the rules of the providers I use"
        )
    )


class MatureSettingForm(Form):
    """Whether anybody may switch it on."""

    value = RadioField(
        N_("Mature mode"),
        choices=[
            SelectChoice(ALLOWED, N_("Allowed: everybody decides for themselves")),
            SelectChoice(OFF, N_("Forbidden: off for everybody")),
        ],
        validate_choice=False,
    )


def day(typed: str) -> datetime:
    """The beginning of a day, or NEVER."""
    if DAY.fullmatch(typed):
        with suppress(ValueError):
            return datetime.fromisoformat(typed).replace(tzinfo=UTC)
    return NEVER


def of_note(note: Any) -> dict[str, str]:
    """An entry as its form shows it."""
    names = ("pattern", "area", "level", "kind", "source", "note")
    return {**{name: getattr(note, name) for name in names}, "dated": f"{note.dated:%Y-%m-%d}"}
