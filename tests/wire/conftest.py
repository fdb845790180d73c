"""Bare local servers for the tests of this folder."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import ports
from tests.bare import Bare, until_closed

__all__ = ["until_closed"]

Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def servers() -> Iterator[Bare]:
    servers = Bare()
    yield servers
    servers.close()


@pytest.fixture
def serve(servers: Bare) -> Serve:
    """`serve(do)` gives the port of a server that calls `do` with one connection at a time."""
    return servers.serve


@pytest.fixture
def serve_tls(servers: Bare, tmp_path: Path) -> Callable[..., tuple[int, Path]]:
    """`serve_tls(name, starts, ends)` gives the port of a TLS server and its certificate's file."""

    def start(name: str = "127.0.0.1", *, starts: int = -1, ends: int = 30) -> tuple[int, Path]:
        return servers.serve_tls(tmp_path, name, starts=starts, ends=ends)

    return start


@pytest.fixture
def free_port() -> int:
    """A port of loopback where nobody listens."""
    return ports.free_port()
