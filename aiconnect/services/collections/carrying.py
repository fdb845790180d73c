"""Collections as JSON, to be carried to another installation (docs/collections.md).

What comes in names connections and never changes them: a model of one that is not here is left
out, and said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sqlalchemy.orm import Session

from aiconnect.errors import N_, Refused
from aiconnect.models import Collection
from aiconnect.services import named, shared
from aiconnect.services.audit import Actor
from aiconnect.services.collections import naming, parameters
from aiconnect.services.collections.changing import make
from aiconnect.services.collections.filling import append
from aiconnect.services.collections.finding import seen
from aiconnect.services.collections.rights import record
from aiconnect.services.writing import writing

KEY, VERSION = "aiconnect_collection", 1
LARGEST = 512 * 1024
"""Bytes of a file: 200 models with every setting and a note need less."""


@dataclass(frozen=True, slots=True)
class CarriedModel:
    """A model of a collection from elsewhere: its connection's name there, its id, its settings."""

    connection: str
    model_id: str
    note: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.connection}/{self.model_id}"


@dataclass(frozen=True, slots=True)
class Carried:
    """A collection from elsewhere, checked as far as it can be without looking here."""

    name: str
    description: str
    models: tuple[CarriedModel, ...]


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of it: the models that are in, and of each other one why not."""

    collection: Collection
    added: tuple[str, ...]
    left_out: tuple[tuple[str, Refused], ...]


def export(session: Session, actor: Actor, which: str | int) -> dict[str, Any]:
    """A collection as it is carried; raises NotFound."""
    found = seen(session, actor, which)
    return {
        KEY: VERSION,
        "name": found.name,
        "description": found.description,
        "models": [
            {
                "connection": one.connection.name,
                "model": one.model_id,
                "note": one.note,
                "parameters": dict(one.parameters),
            }
            for one in found.models
        ],
    }


def read(raw: bytes) -> Carried:
    """What a file says; raises Refused, with what is wrong and where."""
    if len(raw) > LARGEST:
        raise _wrong(N_("The file is larger than %(most)s kB."), most=LARGEST // 1024)
    value = _json(raw)
    if not isinstance(value, dict) or KEY not in value:
        raise _wrong(N_("This is no collection: it must begin as an export of aiconnect does."))
    if value[KEY] != VERSION or isinstance(value[KEY], bool):
        raise _wrong(N_("This version of aiconnect reads collections of version 1 only."))
    models = value.get("models", [])
    if not isinstance(models, list) or len(models) > shared.MOST:
        raise _wrong(N_("`models` must be a list of %(most)s at most."), most=shared.MOST)
    return Carried(
        _text(value, "name", "name"),
        naming.description(_text(value, "description", "description")),
        tuple(_model(one, f"models[{at}]") for at, one in enumerate(models)),
    )


def bring(
    session: Session,
    actor: Actor,
    carried: Carried,
    *,
    name: str = "",
    owner_id: int | None = None,
) -> Brought:
    """Make it here, under its own name or another; raises Refused, Conflict for a taken name."""
    left_out: list[tuple[str, Refused]] = []
    with writing(session):
        made = make(
            session,
            actor,
            name.strip() or carried.name,
            description=carried.description,
            owner_id=owner_id,
        )
        for one in carried.models:
            try:
                model = named.find(session, one.name, owner_id=owner_id)
                if model.connection.name != one.connection:
                    raise _elsewhere(one)
                append(made, model, settings=one.settings, note=one.note)
            except Refused as error:
                left_out.append((one.name, error))
        record(session, actor, "add", made)
        added = tuple(shared.name_of(one) for one in made.models)
    return Brought(made, added, tuple(left_out))


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _wrong(N_("This is not valid JSON.")) from None


def _no_constant(_text: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _model(value: Any, place: str) -> CarriedModel:
    if not isinstance(value, dict):
        raise _wrong(N_("`%(place)s` must be an object."), place=place)
    settings = value.get("parameters", {})
    if not isinstance(settings, dict):
        raise _wrong(N_("`%(place)s` must be an object."), place=f"{place}.parameters")
    connection, model = _text(value, "connection", place), _text(value, "model", place)
    if not connection or not model or "/" in connection or len(model) > named.LONGEST:
        sentence = N_("`%(place)s` must name a connection and a model.")
        raise _wrong(sentence, place=place)
    try:
        note = naming.note(_text(value, "note", place))
        return CarriedModel(connection, model, note, parameters.check(settings))
    except Refused as error:
        raise Refused(error.sentence, field="file", **error.facts) from None


def _text(value: Mapping[str, Any], key: str, place: str) -> str:
    found = value.get(key, "")
    if not isinstance(found, str) or not " ".join(found.split()).isprintable():
        raise _wrong(N_("`%(key)s` in `%(place)s` must be a text."), key=key, place=place)
    return found


def _elsewhere(one: CarriedModel) -> Refused:
    sentence = N_("No connection here is named %(connection)s.")
    return Refused(sentence, field="file", connection=one.connection)


def _wrong(sentence: str, **facts: object) -> Refused:
    return Refused(sentence, field="file", **facts)
