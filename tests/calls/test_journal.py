"""What was written to the journal is read again, whatever else is in the file."""

import io
import itertools
import os
import random
import zlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.types import Target, Usage
from aiconnect.calls import journal
from aiconnect.calls.dispatch import Call
from aiconnect.calls.journal import END_ROOM, Journal, LedgerFull, encode
from aiconnect.calls.journal.book import MOST_LATE
from aiconnect.calls.journal.lines import PIECE
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Caller, Opened
from aiconnect.errors import CallError
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


def test_what_the_ledger_has_is_not_left_behind(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    one_call(book)
    book.current.absorbed = book.current.offset
    book.close()
    assert list(tmp_path.iterdir()) == []


def test_what_the_ledger_has_in_part_is_left_behind(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    one_call(book)
    book.current.absorbed = book.current.offset
    one_call(book)
    left = book.current.path
    book.close()
    assert list(tmp_path.iterdir()) == [left]


def test_an_empty_segment_is_not_left_behind(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    book.prepare()
    book.close()
    assert list(tmp_path.iterdir()) == []


def test_a_segment_has_room_for_fifty_thousand_calls(tmp_path: Path) -> None:
    """So many are written after the disk is full: the worst case, the spare alone is left."""
    book = Journal(tmp_path, "w")
    book.prepare()
    while book.current.room > 2 * END_ROOM:
        one_call(book)
    fill_the_disk(tmp_path)
    promised = book.calls_left
    calls = calls_until_full(book)
    assert calls >= 50_000
    assert calls >= promised
    book.prepare()
    assert (book.is_full, book.is_short, book.calls_left) == (True, True, 0)
    book.close()


def fill_the_disk(folder: Path) -> None:
    """No other segment can be made: its file cannot."""
    for number in range(3, 100):
        (folder / f"w-{number:06d}.new").mkdir()


def make_room(folder: Path) -> None:
    for path in folder.glob("*.new"):
        path.rmdir()


def calls_until_full(book: Journal) -> int:
    for calls in itertools.count():
        try:
            one_call(book)
        except CallError as error:
            return calls if error.code == "ledger_full" else 0
    raise AssertionError


def one_call(book: Journal) -> None:
    """A paid call as teams make them, to its end."""
    caller = Caller(1204, "Scrivener on the laptop", 37, "margarethe.lindqvist@newsroom.example")
    model = "openrouter/anthropic/claude-sonnet-4.5-20260929"
    target = Target("openrouter", PROVIDERS["openrouter"], "http://x/v1")
    attempt = Attempt(Opened(12, "openrouter-editorial", target), model[11:])
    call = Call(book, caller, model, is_stream=True, attempt=attempt, request_bytes=48_213)
    call.begin()
    call.attempts = 1
    call.mark_first()
    details = {"audio_input": 1_204, "images": 2}
    usage = Usage(41_204, 20_480, 1_024, 2_113, 640, 9_120, Decimal("0.0412345"), details)
    call.settle("ok", status=200, usage=usage)


def test_what_waits_for_room_is_written_as_soon_as_there_is_some(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    begin_until_full_disk(book, tmp_path)
    for number in range(MOST_LATE + 3):
        book.later({"k": "e", "n": number})
    book.prepare()
    assert book.late > 0.9 * MOST_LATE
    assert book.lost == 3
    written = found(book)
    make_room(tmp_path)
    for _ in range(400):  # ticks; the segments are absorbed at once
        book.prepare()
        for segment in book.segments()[:-1]:
            written += journal.lines(segment.path.read_bytes())[0]
            book.retire(segment)
        if not book.late:
            break
    written += found(book)
    assert {one["n"] for one in written if one["k"] == "e"} == set(range(MOST_LATE))
    book.close()


def begin_until_full_disk(book: Journal, folder: Path) -> None:
    book.prepare()
    fill_the_disk(folder)
    while True:
        try:
            book.begin({"k": "b", "n": -1})
        except LedgerFull:
            return
        book.end({"k": "x", "words": "x" * 500})


def found(book: Journal) -> list[dict[str, Any]]:
    return [one for s in book.segments() for one in journal.lines(s.path.read_bytes())[0]]


def test_an_absorbed_segment_is_the_spare_of_a_full_disk(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=65_536)
    begin_until_full_disk(book, tmp_path)
    book.prepare()
    assert (book.is_full, book.is_short) == (True, True)
    (first,) = book.full
    names = {path.name for path in tmp_path.glob("*.segment")}
    make_room(tmp_path)  # not asked for before the next tick
    book.retire(first)
    assert not book.is_full
    assert journal.lines(first.path.read_bytes()) == ([], [])
    assert len({path.name for path in tmp_path.glob("*.segment")} & names) == 1
    book.begin({"k": "b", "n": 1})
    book.end({"k": "e", "n": 1})
    assert {"k": "e", "n": 1} in found(book)
    book.close()


def test_a_journal_begins_on_a_disk_without_room_and_goes_on_when_there_is_some(
    tmp_path: Path,
) -> None:
    (tmp_path / "w-000001.new").mkdir()
    (tmp_path / "w-000002.new").mkdir()
    (tmp_path / "w-000003.new").mkdir()
    book = Journal(tmp_path, "w", segment_bytes=16_384)
    with pytest.raises(LedgerFull):
        book.begin({"k": "b"})
    book.prepare()
    assert book.is_full
    book.prepare()
    book.begin({"k": "b"})
    book.end({"k": "e"})
    empty, _ = book.segments()
    book.retire(empty)
    assert found(book) == [{"k": "b"}, {"k": "e"}]
    book.close()


@pytest.mark.parametrize("size", [0, 1, PIECE])
def test_pieces_of_a_large_file_hold_every_line(size: int) -> None:
    wanted = [{"n": number, "words": "x" * (number % 900)} for number in range(4_000)]
    data = b"".join(map(journal.encode, wanted)) + b"\0" * size
    read = list(journal.pieces(io.BytesIO(data)))
    assert [one for lines, _ in read for one in lines] == wanted
    assert not [piece for _, damaged in read for piece in damaged]


def test_a_large_file_of_somebody_else_is_read_in_bounded_pieces() -> None:
    foreign = io.BytesIO(random.Random(1).randbytes(5 * 2**20).replace(b"\n", b"x"))  # noqa: S311
    read = list(journal.pieces(foreign))
    assert not [one for lines, _ in read for one in lines]
    assert sum(len(piece) for _, damaged in read for piece in damaged) >= 5 * 2**20 - 10
    assert max(len(piece) for _, damaged in read for piece in damaged) <= 3 * 2**20


def test_a_segment_that_somebody_has_cut_is_read_to_its_end(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w")
    for number in range(5_000):
        book.note({"k": "n", "n": number, "words": "x" * 500})
    kept = 1_300_000
    os.truncate(book.current.path, kept)
    book.note({"k": "n", "n": 5_000})
    seen: list[int] = []
    while book.current.absorbed < book.current.offset:
        piece = book.current.next_piece()
        seen += [line["n"] for line in journal.lines(piece)[0]]
        book.current.absorbed += len(piece)
    assert seen == [*range(len(seen) - 1), 5_000]
    assert len(seen) > kept // 600
    book.close()


def test_what_is_json_but_no_record_is_damage() -> None:
    odd = [b"[1]", b"{", b"7"]
    data = b"".join(b"\n%08x %08x %s" % (len(one), zlib.crc32(one), one) for one in odd)
    found, damaged = journal.lines(data + journal.encode({"k": "b"}))
    assert found == [{"k": "b"}]
    assert b"[1]" in b"".join(damaged)


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


def test_a_full_disk_is_said_until_it_has_room_though_an_old_segment_serves(tmp_path: Path) -> None:
    book = Journal(tmp_path, "w", segment_bytes=65_536)
    begin_until_full_disk(book, tmp_path)
    book.prepare()
    make_room(tmp_path)  # a segment can be renamed, as on a full disk; then nothing can be made
    book.retire(book.full[0])
    fill_the_disk(tmp_path)
    book.prepare()
    assert (book.is_full, book.is_short) == (False, True)
    make_room(tmp_path)
    before = len(list(tmp_path.glob("*.segment")))
    book.prepare()
    assert not book.is_short
    assert len(list(tmp_path.glob("*.segment"))) == before
    book.close()
