"""The append-only journal of calls: written before and after each call, absorbed later.

A segment is a preallocated file that belongs to the process holding its flock; in it a reader finds
the next line after anything torn. Writing a line costs one `pwrite` into the page cache: a killed
process loses nothing, a power cut at most what `sync` had not reached (a second).
"""

from __future__ import annotations

from aiconnect.calls.journal.book import END_ROOM, SEGMENT_BYTES, Journal, LedgerFull
from aiconnect.calls.journal.lines import encode, lines, pieces
from aiconnect.calls.journal.segments import NEW, SUFFIX, Segment

__all__ = [
    "END_ROOM", "NEW", "SEGMENT_BYTES", "SUFFIX", "Journal", "LedgerFull", "Segment", "encode",
    "lines", "pieces",
]  # fmt: skip
