"""Changes of prices that the people who use the models may want to know of."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import CollectionModel, ModelChange
from aiconnect.services.price_updates.diffing import Change
from aiconnect.services.pricing import Price, usd

REPRICED = "repriced"


def note(session: Session, changes: Iterable[Change], source: str) -> None:
    """Write down the changes of models that are in a collection, within the unit of work."""
    rows = select(CollectionModel.connection_id, CollectionModel.model_id)
    kept = {(number, model) for number, model in session.execute(rows)}
    now = clock.now()
    for one in changes:
        if (one.connection_id, one.model_id) in kept:
            session.add(
                ModelChange(
                    connection_id=one.connection_id,
                    model_id=one.model_id,
                    what=REPRICED,
                    facts={"source": source, **facts(one.before, one.after)},
                    at=now,
                )
            )


def facts(before: Price | None, after: Price | None) -> dict[str, str]:
    """USD per million tokens, in and out, before and after; without what is not known."""
    found: dict[str, str] = {}
    for name, price in (("before", before), ("after", after)):
        if price is not None:
            found[f"input_{name}"] = f"{usd(price.rates.input):f}"
            found[f"output_{name}"] = f"{usd(price.rates.output):f}"
    return found
