"""What each call of the prototype does besides input and output."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import Any

PORT = int(os.environ.get("BENCH_UPSTREAM_PORT", "9100"))
PROVIDER_KEY = "sk-provider-secret"
KNOWN = {hashlib.sha256(b"sk-bench").hexdigest(): "bench"}
JOURNAL = os.open(
    os.environ.get("BENCH_JOURNAL", os.devnull), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
)


def admit(header: str) -> str | None:
    """Who calls."""
    if not header.startswith("Bearer "):
        return None
    return KNOWN.get(hashlib.sha256(header[7:].encode("latin-1")).hexdigest())


def write_down(caller: str, model: str, usage: dict[str, Any], began: float) -> None:
    """One line of the journal."""
    line = {
        "ts": time.time(),
        "key": caller,
        "model": model,
        "in": usage.get("prompt_tokens", 0),
        "out": usage.get("completion_tokens", 0),
        "ms": round((time.perf_counter() - began) * 1000, 3),
    }
    os.write(JOURNAL, json.dumps(line, separators=(",", ":")).encode() + b"\n")


def usage_in(tail: bytes) -> dict[str, Any]:
    """The usage in the last bytes of an answer, without reading the rest of it."""
    at = tail.rfind(b'"usage"')
    start = tail.find(b"{", at)
    if at < 0 or start < 0:
        return {}
    try:
        found, _ = json.JSONDecoder().raw_decode(tail[start:].decode("utf-8", "replace"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
