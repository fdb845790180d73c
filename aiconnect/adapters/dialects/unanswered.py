"""Calls of tools that wait for their results: found without a search, for there may be many."""

from __future__ import annotations

from collections import OrderedDict


class Unanswered:
    """Ids and names of calls, in the order in which they came.

    Ordered dictionaries, because a plain one looks through all that has gone before its first.
    """

    def __init__(self) -> None:
        self._names: OrderedDict[str, str] = OrderedDict()
        self._ids: dict[str, OrderedDict[str, None]] = {}

    def add(self, call_id: str, name: str) -> None:
        """One more; an id that waits already goes on waiting in its place."""
        if call_id not in self._names:
            self._names[call_id] = name
            self._ids.setdefault(name, OrderedDict())[call_id] = None

    def take(self, call_id: str) -> None:
        """This call is answered, if it waits at all."""
        name = self._names.pop(call_id, None)
        if name is not None:
            del self._ids[name][call_id]

    @property
    def first(self) -> str | None:
        """The id of the call that waits longest."""
        return next(iter(self._names), None)

    def first_of(self, name: str) -> str | None:
        """The same of those with this name."""
        return next(iter(self._ids.get(name, ())), None)
