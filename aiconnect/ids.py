"""Ids that sort by time of making (UUIDv7, RFC 9562 section 5.7)."""

from __future__ import annotations

import random
import time


def uuid7() -> str:
    """A UUIDv7 as 36 characters: 48 bits of milliseconds, then 74 random bits."""
    ms = time.time_ns() // 1_000_000
    # Unique, not secret: os.urandom would be a system call, and a switch of threads, per call.
    rand = random.getrandbits(74)
    high = ms << 16 | 0x7 << 12 | rand >> 62
    value = high << 64 | 0b10 << 62 | (rand & (1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
