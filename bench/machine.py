"""What the figures were measured on, in a sentence."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path


def described(rounds: int) -> str:
    """Day, rounds, cores, system and Python."""
    when = time.strftime("%Y-%m-%d", time.gmtime())
    return (
        f"Measured on {when}: {rounds} rounds, {os.cpu_count()} cores ({_processor()}), "
        f"{_memory_gb():.0f} GB, {platform.system()}, Python {platform.python_version()}."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
