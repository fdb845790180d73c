"""What was written to the journal is read again, whatever else is in the file."""

import itertools
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.types import Target, Usage
from aiconnect.calls import journal
from aiconnect.calls.dispatch import Call
from aiconnect.calls.journal import END_ROOM, Journal, LedgerFull, encode
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Caller, Opened
from aiconnect.providers import PROVIDERS

records = st.lists(
    st.dictionaries(
        st.text(max_size=5), st.text(max_size=20) | st.integers() | st.none(), max_size=4
    ),
    max_size=8,
)


@given(records)
def test_lines_are_read_as_they_were_written(wanted: list[dict[str, object]]) -> None:
    data = b"".join(journal.encode(record) for record in wanted) + b"\0" * 64
    assert journal.lines(data) == (wanted, [])


@given(records, st.binary(min_size=1, max_size=60), st.data())
def test_a_torn_line_costs_no_other_line(
    wanted: list[dict[str, object]], garbage: bytes, data: st.DataObject
) -> None:
    encoded = [journal.encode(record) for record in wanted]
    place = data.draw(st.integers(0, len(encoded)))
    encoded.insert(place, b"\n" + garbage.replace(b"\n", b"x"))
    found, _ = journal.lines(b"".join(encoded))
    assert found == wanted


@given(records.filter(bool), st.integers(1, 40))
def test_a_file_cut_anywhere_keeps_what_is_before(
    wanted: list[dict[str, object]], missing: int
) -> None:
    encoded = [journal.encode(record) for record in wanted]
    whole = b"".join(encoded)
    found, _ = journal.lines(whole[:-missing])
    assert found == wanted[: len(found)]
    assert len(found) >= len(wanted) - 1 - missing // 20


def test_damage_is_kept_for_a_person_to_see() -> None:
    data = journal.encode({"a": 1}) + b"\nbroken" + journal.encode({"b": 2})
    assert journal.lines(data) == ([{"a": 1}, {"b": 2}], [b"\nbroken"])


def begin_until_full(book: Journal) -> int:
    for begun in itertools.count():
        try:
            book.begin({"k": "b", "n": begun})
        except LedgerFull:
            return begun
    raise AssertionError


def test_the_end_of_a_call_always_has_room(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    begun = begin_until_full(book)
    for number in range(begun):
        book.end({"k": "e", "n": number, "words": "x" * 1_500})
    assert begun >= 4
    book.close()


def test_a_full_segment_is_followed_by_the_spare(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    book.prepare()
    first = book.current
    while book.current is first:
        book.begin({"k": "b", "words": "x" * 500})
        book.end({"k": "e"})
    assert book.full == [first]
    book.close()


def test_an_empty_segment_is_not_left_behind(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    book.prepare()
    book.close()
    assert list(tmp_path.iterdir()) == []


def test_the_longest_end_fits_into_the_room_that_is_kept_for_it(tmp_path: Path) -> None:
    """Else the ends of open calls could find no room on a full disk."""
    written: list[Mapping[str, Any]] = []

    class Listening(Journal):
        """Keeps what is written."""

        def end(self, record: Mapping[str, Any]) -> None:
            written.append(record)
            super().end(record)

    name = "\N{PILE OF POO}" * 300
    caller = Caller(2**31, "t" * 60, 2**31, "é" * 254)
    opened = Opened(2**31, "c" * 60, Target("c", PROVIDERS["compatible"], "http://x/v1"))
    call = Call(
        Listening(tmp_path, "w"), caller, name, is_stream=True, attempt=Attempt(opened, name)
    )
    call.begin()
    for _ in range(50):
        call.note(f"{'c' * 60}/{name}", "provider_rate_limited", 10**9)
    usage = Usage(2**53, 2**53, 2**53, 2**53, 2**53, 2**53, cost=Decimal("123456789.123456789"))
    call.settle("caller_left", status=200, code="provider_unreachable", usage=usage)
    assert len(encode(written[0])) <= END_ROOM
