"""Ids are UUIDv7: unique, and in the order they were made in."""

from __future__ import annotations

import uuid

from aiconnect.ids import uuid7


def test_ids_are_version_7() -> None:
    made = uuid.UUID(uuid7())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_are_unique() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000


def test_ids_sort_by_the_millisecond_they_were_made_in() -> None:
    made = [uuid7()[:13] for _ in range(1_000)]
    assert made == sorted(made)
