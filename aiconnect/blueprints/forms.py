"""What every form shares: trimmed text, translated words, errors beside the right field, 422."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.fields.choices import SelectChoice, SelectFieldBase
from wtforms.validators import StopValidation

from aiconnect.blueprints.locales import FormWords
from aiconnect.blueprints.sentences import _, told
from aiconnect.errors import Refused

HIDDEN = frozenset({"HiddenField", "CSRFTokenField"})
PLAIN_TEXT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
"""Attributes of a field for names, addresses and keys: nothing guesses, nothing corrects."""


def required(sentence: str) -> Callable[[Any, Any], None]:
    """A validator: the field must not be empty; the marked sentence says what to enter."""

    def check(_form: Any, field: Any) -> None:
        if not field.data:
            raise StopValidation(_(sentence))

    return check


def trimmed(value: Any) -> Any:
    """Text without the spaces around it."""
    return value.strip() if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Fold:
    """Fields that are out of the way until somebody wants them, or one of them is wrong."""

    title: str
    fields: tuple[Any, ...]
    is_open: bool


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Base of every form. Labels, hints and choices are marked sentences, translated here."""

    status = 422
    """What a page with mistakes answers."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Trims text fields; a password is taken as it is. WTForms speaks the reader's language."""

        def get_translations(self, _form: Any) -> FormWords:
            return FormWords()

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                options["filters"] = (trimmed,)
            return unbound_field.bind(form=form, **options)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = _(field.label.text)
            field.description = _(field.description) if field.description else ""
            if isinstance(field, SelectFieldBase) and field.choices:
                field.choices = [SelectChoice(one.value, _(one.label)) for one in field.choices]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """(field id, sentence) of each error, in the order of the fields."""
        return [(field.id, str(error)) for field in self for error in field.errors]

    @property
    def folds(self) -> list[Fold]:
        """Groups of fields that most people never need."""
        return []

    @property
    def plain(self) -> list[Any]:
        """The fields that are always seen, in their order."""
        folded = {field.name for fold in self.folds for field in fold.fields}
        return [one for one in self if one.name not in folded and one.type not in HIDDEN]

    @property
    def unseen(self) -> list[Any]:
        """The fields that only the form itself reads."""
        return [one for one in self if one.type == "HiddenField"]

    def fold(self, title: str, names: Iterable[str], *, is_open: bool = False) -> Fold:
        """These fields as a group; open where something was written in one, or is wrong."""
        group = tuple(self[name] for name in names)
        touched = any(one.errors or (one.data or None) != one.object_data for one in group)
        return Fold(title, group, is_open or touched)

    def refuse(self, error: Refused) -> None:
        """Put what a service refused beside the field it names, else beside the first one."""
        fields = {field.name: field for field in self if field.type not in HIDDEN}
        field = fields.get(error.field or "") or next(iter([*fields.values(), *self]))
        field.errors = [*field.errors, told(error).removesuffix(".")]


def form_page(template: str, form: Form, **values: Any) -> tuple[str, int]:
    """The page of a form: 422 when there is a problem with what was sent."""
    return render_template(template, form=form, **values), form.status if form.mistakes else 200
