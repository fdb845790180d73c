"""What would change: read in pages, so that no transaction and no memory grows with it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from aiconnect.errors import N_, Refused
from aiconnect.models import CostState
from aiconnect.services.pricing import Book, Cost, usd
from aiconnect.services.repricing import anew
from aiconnect.services.repricing.chosen import Place, Selection

PAGE = 2000
OWED = (CostState.MEASURED, CostState.ESTIMATED)


@dataclass(slots=True)
class Line:
    """Records of one model at one connection; sums are nano-dollars that are owed."""

    connection: str
    model: str
    calls: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0

    @property
    def before_usd(self) -> Decimal:
        return usd(self.before) or Decimal(0)

    @property
    def after_usd(self) -> Decimal:
        return usd(self.after) or Decimal(0)

    def add(self, row: Any, found: Cost) -> None:
        """Count a record in."""
        self.calls += 1
        self.changed += anew.differs(row, found)
        self.before += owed(row.cost, row.cost_state)
        self.after += owed(found.nano, found.state)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would do. `lines` are what changes, the greatest sums first.

    `prices` is the digest of the prices that it was reckoned with; `moves` are how many records go
    from one state of their cost to another.
    """

    selection: Selection
    digest: str
    prices: str
    total: Line
    lines: tuple[Line, ...] = ()
    moves: Mapping[tuple[str, str], int] = field(default_factory=dict)


def preview(session: Session, selection: Selection, *, most: int | None = None) -> Preview:
    """Reckon every record anew and write nothing.

    Raises Refused where there are more than `most`.
    """
    book, prices = Book.open(session), anew.prices_of(session)
    digest = hashlib.sha256(prices.encode())
    total, lines, moves = Line("", ""), dict[tuple[str, str], Line](), Counter[tuple[str, str]]()
    for row in _records(session, selection, most):
        found = anew.cost(row, book)
        digest.update(repr((row.id, found.nano, found.state.value)).encode())
        key = row.connection, row.model
        for line in (total, lines.setdefault(key, Line(*key))):
            line.add(row, found)
        if row.cost_state != found.state:
            moves[row.cost_state, found.state.value] += 1
    changing = tuple(sorted(_changing(lines.values()), key=_weight))
    return Preview(selection, digest.hexdigest()[:32], prices, total, changing, moves)


def owed(nano: int | None, state: str) -> int:
    """What a cost adds to what is owed: nothing where a subscription pays, or nobody knows."""
    return (nano or 0) if state in OWED else 0


def _records(session: Session, selection: Selection, most: int | None) -> Iterator[Any]:
    after: Place | None = None
    count = 0
    while page := session.execute(selection.after(after, PAGE)).all():
        session.commit()  # ends the read: the write-ahead log can be folded in meanwhile
        count += len(page)
        if most is not None and count > most:
            sentence = N_("These are more than %(most)s calls. Choose a shorter period.")
            raise Refused(sentence, field="since", most=most)
        yield from page
        after = page[-1].at, page[-1].id
    session.commit()


def _changing(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.changed]


def _weight(line: Line) -> tuple[int, str, str]:
    return -abs(line.after - line.before), line.connection, line.model
