"""A server that has a table of prices, in several moods; and tables to put there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


def model(model_id: str, **prices: Any) -> dict[str, Any]:
    """A model of a table; `input` and `output` are USD per million."""
    rates = {"input_mtok": prices.pop("input", 1), "output_mtok": prices.pop("output", 2), **prices}
    return {"id": model_id, "match": {"equals": model_id}, "prices": rates}


def table(*models: dict[str, Any], provider: str = "openai") -> bytes:
    """A table with one provider."""
    pattern = r"https://api\.openai\.com"
    one = {"id": provider, "name": provider, "api_pattern": pattern, "models": list(models)}
    return json.dumps([one]).encode()


@dataclass
class PriceSource:
    """What it answers; `stall` is waited out before a word is said."""

    body: bytes = b"[]"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    stall: threading.Event | None = None
    asked: int = 0
    url: str = ""


@contextmanager
def serving() -> Iterator[PriceSource]:
    source = PriceSource()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            source.asked += 1
            if source.stall is not None:
                source.stall.wait(20)
            self.send_response(source.status)
            length = len(source.body) if source.promised is None else source.promised
            for name, value in {"Content-Length": str(length), **source.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(source.body)

        def log_message(self, *_said: object) -> None:
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    source.url = f"http://127.0.0.1:{server.server_port}/data.json"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield source
    finally:
        if source.stall is not None:
            source.stall.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def price_source() -> Iterator[PriceSource]:
    with serving() as source:
        yield source
