"""The form of a try-out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask_wtf.file import FileField
from typing_extensions import override
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import StopValidation

from aiconnect.blueprints.filters import size
from aiconnect.blueprints.forms import PLAIN_TEXT, Fold, Form, required
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.tryout.asking import Picture, kind_of
from aiconnect.errors import N_
from aiconnect.services.named import LONGEST
from aiconnect.services.tryouts import Asked

LONGEST_PROMPT, LONGEST_SYSTEM = 100_000, 20_000
LARGEST_PICTURE = 5 * 1000 * 1000
MODEL = {**PLAIN_TEXT, "class": "mono", "list": "models-here", "maxlength": str(LONGEST)}
NUMBER = {**PLAIN_TEXT, "class": "w-4", "inputmode": "decimal"}
NAMES = ("model", "second", "third", "fourth")


def at_most(most: int) -> Callable[[Any, Any], None]:
    """A validator: not longer than so many letters."""

    def check(_form: Any, field: Any) -> None:
        if len(field.data or "") > most:
            raise StopValidation(_("Shorten it to %(most)s characters", most=f"{most:,}"))

    return check


def a_name(_form: Any, field: Any) -> None:
    """A validator: nothing, or what could be a model's name."""
    if field.data and not (len(field.data) <= LONGEST and field.data.isprintable()):
        raise StopValidation(_("Write a model as connection/model, a route or a collection"))


def between(least: float, most: float, sentence: str) -> Callable[[Any, Any], None]:
    """A validator: nothing, or a number from `least` to `most`; a comma may part its decimals."""

    def check(_form: Any, field: Any) -> None:
        field.data = (field.data or "").replace(",", ".")
        if field.data and not re.fullmatch(r"\d{1,9}(\.\d{0,6})?", field.data, re.ASCII):
            raise StopValidation(_(sentence))
        if field.data and not least <= float(field.data) <= most:
            raise StopValidation(_(sentence))

    return check


def a_picture(form: Any, _field: Any) -> None:
    """A validator: nothing, or a picture by its first bytes, whatever its name says."""
    shown = form.shown
    if shown and len(shown.raw) > LARGEST_PICTURE:
        raise StopValidation(_("Choose a picture of 5 MB at most"))
    if shown and not shown.kind:
        raise StopValidation(_("Choose a PNG, JPEG, WebP or GIF picture"))


class TryForm(Form):
    """A prompt, up to four models, what goes with them. `key` holds for one sending."""

    key = HiddenField()
    prompt = TextAreaField(
        N_("Prompt"),
        [required(N_("Write a prompt")), at_most(LONGEST_PROMPT)],
        render_kw={"rows": "6", "class": "prose"},
    )
    model = StringField(
        N_("Model, route or collection"),
        [required(N_("Choose a model")), a_name],
        description=N_("As connection/model, the name of a route, or collection/name."),
        render_kw=MODEL,
    )
    second = StringField(N_("Compare with"), [a_name], render_kw=MODEL)
    third = StringField(N_("Third model"), [a_name], render_kw=MODEL)
    fourth = StringField(N_("Fourth model"), [a_name], render_kw=MODEL)
    system = TextAreaField(
        N_("Instructions to the model"),
        [at_most(LONGEST_SYSTEM)],
        description=N_("Sent before the prompt, as a system message."),
        render_kw={"rows": "3"},
    )
    max_tokens = StringField(
        N_("Longest answer, in tokens"),
        [between(1, 1_000_000, N_("Enter a whole number of tokens, like 600"))],
        description=N_("Left empty, the model decides. Thinking counts too."),
        render_kw={**NUMBER, "inputmode": "numeric"},
    )
    temperature = StringField(
        N_("Temperature"),
        [between(0, 2, N_("Enter a number from 0 to 2, like 0.7"))],
        description=N_("0 to 2: the higher, the more surprising. Some models take none."),
        render_kw=NUMBER,
    )
    top_p = StringField(
        N_("Top p"),
        [between(0, 1, N_("Enter a number from 0 to 1, like 0.9"))],
        description=N_("0 to 1: how much of what is likely is chosen from."),
        render_kw=NUMBER,
    )
    picture = FileField(
        N_("Picture"),
        [a_picture],
        description=N_("PNG, JPEG, WebP or GIF, 5 MB at most, for a model that sees. Not kept."),
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )

    @property
    @override
    def folds(self) -> list[Fold]:
        more = self.fold(_("Compare with more"), ["third", "fourth"])
        names = ["system", "max_tokens", "temperature", "top_p", "picture"]
        wanted = any(self[one].data for one in (*names, "third", "fourth"))
        settings = self.fold(_("Instructions and settings"), names, is_open=wanted)
        return [more, settings]

    @property
    def models(self) -> tuple[str, ...]:
        """Those that were named, in their order."""
        return tuple(self[name].data for name in NAMES if self[name].data)

    @property
    def asked(self) -> Asked:
        """What it says, once it is valid."""
        shown = self.shown
        return Asked(
            models=self.models,
            prompt=_lines(self.prompt.data),
            system=_lines(self.system.data),
            temperature=_number(self.temperature.data),
            max_tokens=int(float(self.max_tokens.data)) if self.max_tokens.data else None,
            top_p=_number(self.top_p.data),
            picture=f"{shown.kind}, {size(len(shown.raw))}" if shown else "",
        )

    @property
    def shown(self) -> Picture | None:
        """The picture that came with it, at most a byte more than may be."""
        sent = self.picture.data
        if not sent or not sent.filename:
            return None
        sent.stream.seek(0)
        raw = sent.stream.read(LARGEST_PICTURE + 1)
        return Picture(kind_of(raw), raw)


def filled(asked: Asked) -> dict[str, Any]:
    """A form's fields as somebody has sent them before."""
    numbers = {name: getattr(asked, name) for name in ("temperature", "max_tokens", "top_p")}
    return {
        **dict(zip(NAMES, asked.models, strict=False)),
        "prompt": asked.prompt,
        "system": asked.system or None,
        **{name: None if value is None else _written(value) for name, value in numbers.items()},
    }


def _lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n")


def _written(value: float) -> str:
    """As the form takes it: with the decimals that it has, and never with an exponent."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _number(text: str | None) -> float | None:
    return float(text) if text else None
